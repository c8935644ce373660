/** The size that the latest person wanted. Screen and sandbox follow a few times a second: each time costs a reflow. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { Size } from '@codeconnected/core/sandbox/runners.ts';
import { RESIZE_MILLISECONDS } from '@codeconnected/core/terminal/limits.ts';

export interface Followers {
  screen(size: Size): void;
  /** Another size for the sandbox that is there and awake; returns false where there is none. */
  sandbox(size: Size): boolean;
}

export class TerminalSize {
  readonly #clock: Clock;
  readonly #followers: Followers;
  #wanted: Size;
  #followedAt = Number.NEGATIVE_INFINITY;
  /** Set while something wanted is not followed yet. */
  #cancel: (() => void) | undefined;
  /** The sandbox does not know yet. */
  #due = false;

  constructor(clock: Clock, first: Size, followers: Followers) {
    this.#clock = clock;
    this.#wanted = first;
    this.#followers = followers;
  }

  /** Followed at once, or after a moment where another one was just now. */
  want({ columns, rows }: Size): void {
    if (this.#wanted.columns === columns && this.#wanted.rows === rows) return;
    this.#wanted = { columns, rows };
    if (this.#cancel) return;
    const wait = this.#followedAt + RESIZE_MILLISECONDS - this.#clock.monotonic();
    this.#cancel = this.#clock.after(Math.max(0, wait), () => this.#follow());
    if (wait <= 0) this.#follow();
  }

  /** A program is being started. @returns the size to start it with */
  start(): Size {
    if (this.#cancel) this.#followers.screen(this.#wanted);
    this.close();
    this.#due = false;
    return this.#wanted;
  }

  /** The sandbox is awake again. */
  woken(): void {
    if (this.#due) this.#due = !this.#followers.sandbox(this.#wanted);
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #follow(): void {
    this.close();
    this.#followedAt = this.#clock.monotonic();
    this.#due = true;
    this.#followers.screen(this.#wanted);
    this.woken();
  }
}
