/** Presses of Run and Reset in one room, and switches of its language: known by name, and not too many. */
import type { Clock } from '@codeconnected/core/clock.ts';
import { CodedError } from '@codeconnected/core/error/visible.ts';
import { TokenBucket } from '@codeconnected/core/room/token-bucket.ts';
import { PRESSES_BURST, PRESSES_PER_SECOND } from '@codeconnected/core/terminal/limits.ts';

/** Names of runs that are remembered: far more than may be on the way at once. */
const RUNS_REMEMBERED = 32;

export class Presses {
  readonly #bucket: TokenBucket;
  #runs: readonly string[] = [];

  constructor(clock: Clock) {
    this.#bucket = new TokenBucket(PRESSES_PER_SECOND, PRESSES_BURST, clock);
  }

  /** Whether this run was taken: the same press may arrive twice (rule W2). */
  isKnown(run: string): boolean {
    return this.#runs.includes(run);
  }

  /** @returns false where it is one too many */
  mayTake(): boolean {
    return this.#bucket.take(1);
  }

  /** Takes one. @throws `run-too-fast` where it is one too many */
  take(run?: string): void {
    if (!this.mayTake()) throw new CodedError('run-too-fast');
    if (run !== undefined) this.#runs = [run, ...this.#runs.slice(0, RUNS_REMEMBERED - 1)];
  }
}
