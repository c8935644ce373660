/** When a page says what it holds, so that a publish or an edit lost in a crash heals. */

/** Exchanges without any edit in between, after which only every tenth takes place. */
const IDLE_EXCHANGES = 10;

export class ExchangeRhythm {
  #last = 0;
  #idle = 0;
  #active = false;

  /** Something was edited, here or elsewhere. */
  touched(): void {
    this.#active = true;
  }

  /** All is known to be equal. */
  done(now: number): void {
    this.#last = now;
  }

  /** Whether it is time; if so, the next time is an interval later. */
  due(now: number, interval: number): boolean {
    if (now - this.#last < interval) return false;
    this.#last = now;
    this.#idle = this.#active ? 0 : this.#idle + 1;
    this.#active = false;
    return this.#idle <= IDLE_EXCHANGES || this.#idle % 10 === 0;
  }
}
