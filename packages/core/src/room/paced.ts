/** Does something no more often than it may be, each time with the latest that was asked for. */
import type { Clock } from '../clock.ts';

export interface PacedOptions<T> {
  readonly clock: Clock;
  /** Milliseconds between two times. */
  readonly milliseconds: number;
  readonly work: (latest: T) => Promise<void>;
  /** Told where work failed that was done later. */
  readonly failed: (problem: unknown) => void;
}

export class Paced<T> {
  readonly #options: PacedOptions<T>;
  #at = Number.NEGATIVE_INFINITY;
  #later: { readonly latest: T } | undefined;
  #cancel: () => void = () => undefined;

  constructor(options: PacedOptions<T>) {
    this.#options = options;
  }

  /** Does it now where it is time, and otherwise as soon as it is, unless something later is asked for until then. */
  async ask(latest: T): Promise<void> {
    const { clock, milliseconds, work, failed } = this.#options;
    const now = clock.monotonic();
    const wait = this.#at + milliseconds - now;
    if (wait <= 0 && !this.#later) {
      this.#at = now;
      return work(latest);
    }
    const waiting = this.#later !== undefined;
    this.#later = { latest };
    if (waiting) return;
    this.#cancel = clock.after(wait, () => {
      const later = this.#later;
      this.#later = undefined;
      if (!later) return;
      this.#at = clock.monotonic();
      work(later.latest).catch(failed);
    });
  }

  /** Forgets what waits. */
  drop(): void {
    this.#later = undefined;
    this.#cancel();
  }
}
