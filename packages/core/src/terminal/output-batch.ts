/** Groups and numbers a terminal's output: the first after a pause goes at once, what follows is coalesced, and a flood is slowed down. */
import type { Clock } from '../clock.ts';
import { FLOOD_CHARACTERS, FLOOD_MILLISECONDS, FLUSH_MILLISECONDS, OUTPUT_FRAME_CHARACTERS } from './limits.ts';

/** Takes one numbered piece. */
export type OutputSink = (number: number, text: string) => void;

export class OutputBatch {
  readonly #clock: Clock;
  readonly #sink: OutputSink;
  #number = 0;
  #pending = '';
  #flushedAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;
  /** Cost of what waits, in plain characters, and of the last flush: after much, the next waits longer. */
  #pendingCost = 0;
  #flushed = 0;
  /** The span whose cost is counted, and whoever waits for the next. */
  #spanFrom = Number.NEGATIVE_INFINITY;
  #spent = 0;
  #waiting: (() => void)[] = [];
  #cancelSpan: (() => void) | undefined;

  constructor(clock: Clock, sink: OutputSink) {
    this.#clock = clock;
    this.#sink = sink;
  }

  /** Number of the last piece that was handed out. */
  get number(): number {
    return this.#number;
  }

  /** @param cost of parsing it, in plain characters */
  append(text: string, cost: number = text.length): void {
    this.#earn();
    this.#spent += cost;
    this.#pending += text;
    this.#pendingCost += cost;
    if (this.#pending === '' || this.#cancel) return;
    const pause = this.#flushed < OUTPUT_FRAME_CHARACTERS ? FLUSH_MILLISECONDS : FLOOD_MILLISECONDS;
    const wait = this.#flushedAt + pause - this.#clock.monotonic();
    if (wait <= 0) this.flush();
    else {
      this.#cancel = this.#clock.after(wait, () => {
        this.#cancel = undefined;
        this.flush();
      });
    }
  }

  /** Resolves when more may be appended: whoever appends without waiting fills the memory and the viewers' way. */
  async room(): Promise<void> {
    this.#earn();
    if (this.#spent < FLOOD_CHARACTERS) return;
    this.#wake();
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Hands out what waits, so that the last number says everything up to now. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#pending === '') return;
    this.#flushed = this.#pendingCost;
    this.#pendingCost = 0;
    this.#flushedAt = this.#clock.monotonic();
    while (this.#pending !== '') this.#hand(OUTPUT_FRAME_CHARACTERS);
  }

  /** A number for a piece that the caller hands out itself, after all that waits. */
  take(): number {
    this.flush();
    this.#number += 1;
    return this.#number;
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#pending = '';
    this.#cancelSpan?.();
    this.#release();
  }

  /** Each span that passes earns its characters; what was not used is lost. */
  #earn(): void {
    const spans = Math.floor((this.#clock.monotonic() - this.#spanFrom) / FLOOD_MILLISECONDS);
    if (spans < 1) return;
    this.#spent = Math.max(0, this.#spent - spans * FLOOD_CHARACTERS);
    this.#spanFrom = this.#clock.monotonic();
  }

  #wake(): void {
    if (this.#cancelSpan) return;
    const wait = Math.max(0, this.#spanFrom + FLOOD_MILLISECONDS - this.#clock.monotonic());
    // A timer may come a little early.
    this.#cancelSpan = this.#clock.after(Math.ceil(wait), () => {
      this.#cancelSpan = undefined;
      this.#earn();
      if (this.#spent < FLOOD_CHARACTERS) this.#release();
      else this.#wake();
    });
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #hand(most: number): void {
    let end = Math.min(most, this.#pending.length);
    // A pair of surrogates stays whole.
    const last = this.#pending.charCodeAt(end - 1);
    if (end < this.#pending.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
    const text = this.#pending.slice(0, end);
    this.#pending = this.#pending.slice(end);
    this.#number += 1;
    this.#sink(this.#number, text);
  }
}
