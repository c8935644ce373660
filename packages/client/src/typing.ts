/** What is typed into the terminal: numbered, sent in order, resent until the runner has taken it. No I/O. */
import { INPUT_CHARACTERS } from '@codeconnected/core/room/limits.ts';

/** Inputs on the wire at once. */
const FLIGHT_INPUTS = 16;
/** Characters that wait; a larger paste is refused whole, so that no half of it runs. */
export const INPUT_WAITING_CHARACTERS = 256 * 1024;
/** Milliseconds without a word of the runner until an input is sent again. */
const INPUT_RESEND_MILLISECONDS = 2_000;

export interface Typed {
  readonly n: number;
  readonly d: string;
  readonly size: { readonly columns: number; readonly rows: number } | undefined;
}

/** Cuts a text so that no piece is too long and no surrogate pair is torn. */
function pieces(text: string, most: number): string[] {
  const cut: string[] = [];
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + most, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end--;
    cut.push(text.slice(at, end));
    at = end;
  }
  return cut;
}

export class TypingQueue {
  #next = 1;
  #waiting: (Typed & { sentAt: number | undefined })[] = [];
  #characters = 0;

  /** Everything below is taken or given up. */
  get base(): number {
    return this.#waiting[0]?.n ?? this.#next;
  }

  /** Nothing waits to be taken. */
  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** @returns whether it was taken into the queue */
  add(data: string, size: Typed['size']): boolean {
    if (data.length === 0) return true;
    if (this.#characters + data.length > INPUT_WAITING_CHARACTERS) return false;
    this.#characters += data.length;
    for (const d of pieces(data, INPUT_CHARACTERS)) {
      this.#waiting.push({ n: this.#next++, d, size, sentAt: undefined });
    }
    return true;
  }

  /** What to send now: the first few that are not on the wire, or were for too long. */
  due(now: number): readonly Typed[] {
    const due: Typed[] = [];
    for (const typed of this.#waiting.slice(0, FLIGHT_INPUTS)) {
      if (typed.sentAt !== undefined && now - typed.sentAt < INPUT_RESEND_MILLISECONDS) continue;
      typed.sentAt = now;
      due.push(typed);
    }
    return due;
  }

  /** The runner has all up to `n`. */
  taken(n: number): void {
    this.#keep((typed) => typed.n > n);
  }

  /** Gives up all that waits. */
  giveUp(): void {
    this.#keep(() => false);
  }

  disconnected(): void {
    for (const typed of this.#waiting) typed.sentAt = undefined;
  }

  #keep(which: (typed: Typed) => boolean): void {
    this.#waiting = this.#waiting.filter(which);
    this.#characters = this.#waiting.reduce((sum, typed) => sum + typed.d.length, 0);
  }
}
