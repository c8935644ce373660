/** A clock that stands still until a test turns it. */
import type { Clock } from '../../clock.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

export class HandClock implements Clock {
  #now = 0;
  #order = 0;
  #timers = new Map<number, Timer>();
  readonly #epoch: number;

  /** @param epoch wall time at the start */
  constructor(epoch = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#epoch + this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const order = this.#order++;
    this.#timers.set(order, { at: this.#now + Math.max(0, ms), order, callback });
    return () => this.#timers.delete(order);
  }

  /** When the next timer is due, on the monotonic clock. */
  get next(): number | undefined {
    let next: number | undefined;
    for (const { at } of this.#timers.values()) if (next === undefined || at < next) next = at;
    return next;
  }

  /**
   * Goes forward, timer by timer; between two of them promises settle.
   * @param settle lets everything that is under way come to rest
   */
  async advance(ms: number, settle: () => Promise<void> = settled): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (;;) {
      const due = [...this.#timers.values()].filter(({ at }) => at <= until);
      if (due.length === 0) break;
      const first = due.reduce((a, b) => (b.at < a.at || (b.at === a.at && b.order < a.order) ? b : a));
      this.#timers.delete(first.order);
      this.#now = Math.max(this.#now, first.at);
      first.callback();
      await settle();
    }
    this.#now = until;
  }
}

/** Lets all promises settle that need no timer and no I/O. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
