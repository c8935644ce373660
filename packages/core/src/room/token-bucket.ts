/** A rate with room for bursts. */
import type { Clock } from '../clock.ts';

export class TokenBucket {
  readonly #perSecond: number;
  readonly #most: number;
  readonly #clock: Clock;
  #tokens: number;
  #at: number;

  /** Starts full. */
  constructor(perSecond: number, most: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#most = most;
    this.#clock = clock;
    this.#tokens = most;
    this.#at = clock.monotonic();
  }

  /** Takes so many whether they are there or not: what is owed has to come back first. */
  spend(count: number): void {
    this.take(0);
    this.#tokens -= count;
  }

  /** Takes so many if they are there. */
  take(count: number): boolean {
    const now = this.#clock.monotonic();
    this.#tokens = Math.min(this.#most, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}
