/** Groups and numbers a terminal's output: the first after a pause goes at once, what follows is coalesced. */
import type { Clock } from '../clock.ts';
import { FLUSH_MILLISECONDS, OUTPUT_FRAME_CHARACTERS } from './limits.ts';

/** Takes one numbered piece. */
export type OutputSink = (number: number, text: string) => void;

export class OutputBatch {
  readonly #clock: Clock;
  readonly #sink: OutputSink;
  #number = 0;
  #pending = '';
  #flushedAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, sink: OutputSink) {
    this.#clock = clock;
    this.#sink = sink;
  }

  /** Number of the last piece that was handed out. */
  get number(): number {
    return this.#number;
  }

  append(text: string): void {
    if (text === '') return;
    this.#pending += text;
    while (this.#pending.length >= OUTPUT_FRAME_CHARACTERS) this.#hand(OUTPUT_FRAME_CHARACTERS);
    if (this.#pending === '' || this.#cancel) return;
    const wait = this.#flushedAt + FLUSH_MILLISECONDS - this.#clock.monotonic();
    if (wait <= 0) this.flush();
    else {
      this.#cancel = this.#clock.after(wait, () => {
        this.#cancel = undefined;
        this.flush();
      });
    }
  }

  /** Hands out what waits, so that the last number says everything up to now. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#pending !== '') this.#hand(this.#pending.length);
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
  }

  #hand(most: number): void {
    let end = Math.min(most, this.#pending.length);
    // A pair of surrogates stays whole.
    const last = this.#pending.charCodeAt(end - 1);
    if (end < this.#pending.length && last >= 0xd800 && last <= 0xdbff) end -= 1;
    const text = this.#pending.slice(0, end);
    this.#pending = this.#pending.slice(end);
    this.#flushedAt = this.#clock.monotonic();
    this.#number += 1;
    this.#sink(this.#number, text);
  }
}
