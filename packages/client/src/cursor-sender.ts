/** Tells the others where one's cursor stands: with an edit where there is one, else alone and seldom. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { Cursor } from '@codeconnected/core/room/frames.ts';

export interface CursorSenderOptions {
  readonly clock: Clock;
  readonly cursorMilliseconds: () => number;
  /** Whether a cursor may be sent alone: welcomed, and no edit on its way that would take it along. */
  readonly ready: () => boolean;
  readonly send: (cursor: Cursor) => void;
}

export class CursorSender {
  readonly #options: CursorSenderOptions;
  #cursor: Cursor = null;
  #unsent = false;
  #last = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(options: CursorSenderOptions) {
    this.#options = options;
  }

  set(cursor: Cursor): void {
    this.#cursor = cursor;
    this.#unsent = true;
    this.plan();
  }

  /** Somebody does not know it yet. */
  again(): void {
    if (this.#cursor === null) return;
    this.#unsent = true;
    this.plan();
  }

  /** The cursor for a frame that leaves now; it counts as sent. */
  take(): { readonly k: Cursor } | undefined {
    if (!this.#unsent) return undefined;
    this.#sent();
    return { k: this.#cursor };
  }

  /** Sends it when it is time. */
  plan(): void {
    if (this.#cancel || !this.#unsent) return;
    const { clock, cursorMilliseconds } = this.#options;
    const wait = Math.max(0, this.#last + cursorMilliseconds() - clock.monotonic());
    this.#cancel = clock.after(wait, () => {
      this.#cancel = undefined;
      if (!this.#unsent || !this.#options.ready()) return;
      this.#sent();
      this.#options.send(this.#cursor);
    });
  }

  /** The document is another: no place in it is known. */
  clear(): void {
    this.#cursor = null;
    this.#unsent = false;
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #sent(): void {
    this.#unsent = false;
    this.#last = this.#options.clock.monotonic();
  }
}
