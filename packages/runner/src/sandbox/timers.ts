/** What is to be done later, one of each name at a time. */
import type { Clock } from '@codeconnected/core/clock.ts';

export class Timers {
  readonly #clock: Clock;
  readonly #pending = new Map<string, { readonly at: number; readonly cancel: () => void }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does it then; what is pending under the name is not put off, but may come sooner. */
  later(name: string, ms: number, work: () => void): void {
    const at = this.#clock.monotonic() + ms;
    const pending = this.#pending.get(name);
    if (pending && pending.at <= at) return;
    pending?.cancel();
    const cancel = this.#clock.after(ms, () => {
      this.#pending.delete(name);
      work();
    });
    this.#pending.set(name, { at, cancel });
  }

  /** Nothing of it comes any more. */
  close(): void {
    for (const { cancel } of this.#pending.values()) cancel();
    this.#pending.clear();
  }
}
