/** Keeps the times by which a terminal is idle, and acts on them: see core's `terminal/idle.ts` for when. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { Idler } from '@codeconnected/core/terminal/giving-way.ts';
import { type IdleLimits, type IdleTimes, idle } from '@codeconnected/core/terminal/idle.ts';

export interface IdleEvents {
  /** What the terminal is doing now. */
  now(): Pick<IdleTimes, 'atPrompt' | 'running' | 'hasSandbox'>;
  pause(): void;
  end(): void;
  forget(): void;
}

export class IdleWatch {
  readonly #clock: Clock;
  readonly #limits: IdleLimits;
  readonly #events: IdleEvents;
  #usedAt: number;
  #everUsed = false;
  #outputAt: number;
  #unwatchedAt: number | undefined;
  #paused = false;
  #closed = false;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, limits: IdleLimits, events: IdleEvents) {
    this.#clock = clock;
    this.#limits = limits;
    this.#events = events;
    const now = clock.monotonic();
    this.#usedAt = now;
    this.#outputAt = now;
    this.#unwatchedAt = now;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** For whether its sandbox gives way to another room's. */
  get idler(): Idler {
    const usedAt = this.#everUsed ? this.#usedAt : Number.NEGATIVE_INFINITY;
    return { usedAt, watched: this.#unwatchedAt === undefined, paused: this.#paused };
  }

  /** A person did something. */
  used(): void {
    this.#everUsed = true;
    this.#usedAt = this.#clock.monotonic();
  }

  output(): void {
    this.#outputAt = this.#clock.monotonic();
  }

  watched(): void {
    this.#unwatchedAt = undefined;
    this.look();
  }

  /** The last viewer left. */
  unwatched(): void {
    this.#unwatchedAt = this.#clock.monotonic();
    this.look();
  }

  /** The sandbox goes on, or is another. @returns whether it was paused */
  woken(): boolean {
    const was = this.#paused;
    this.#paused = false;
    if (was) this.look();
    return was;
  }

  /** Pauses, ends or forgets what is due, and looks again in time. To be called when the activity changes. */
  look(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#closed) return;
    const times = {
      usedAt: this.#usedAt,
      outputAt: this.#outputAt,
      unwatchedAt: this.#unwatchedAt,
      paused: this.#paused,
      ...this.#events.now(),
    };
    const decision = idle(this.#limits, times, this.#clock.monotonic());
    if (decision.kind === 'forget') this.#events.forget();
    else if (decision.kind === 'end') this.#events.end();
    else if (decision.kind === 'pause') {
      this.#paused = true;
      this.#events.pause();
      this.look();
    } else if (decision.milliseconds !== undefined) {
      this.#cancel = this.#clock.after(Math.ceil(decision.milliseconds), () => this.look());
    }
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
