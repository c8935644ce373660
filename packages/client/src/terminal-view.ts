/**
 * The shared terminal as frames bring it: screen first, then output in order without gaps; whatever belongs to an
 * older claim is dropped (rule C1). No I/O.
 */
import type { ServerFrame } from '@codeconnected/core/room/frames.ts';
import type { TerminalState } from '@codeconnected/core/terminal/state.ts';

type Screen = Extract<ServerFrame, { t: 'screen' }>;
type Output = Extract<ServerFrame, { t: 'output' }>;
type State = Extract<ServerFrame, { t: 'terminal' }>;

/** Outputs that are kept while an earlier one is missing; then the screen is asked for anyway. */
const AHEAD_MOST = 200;
/** Milliseconds that a missing output may be late before the screen is asked for. */
const GAP_MILLISECONDS = 300;
/** Milliseconds until the screen is asked for again; doubles up to the most. */
const WATCH_MILLISECONDS = { first: 3_000, most: 30_000 } as const;

export interface TerminalViewEvents {
  screen(screen: Screen): void;
  output(output: Output): void;
  state(state: TerminalState): void;
}

export class TerminalView {
  readonly #events: TerminalViewEvents;
  #state: TerminalState | undefined;
  #stateNumber = 0;
  /** Nothing was told on this connection yet. */
  #untold = true;
  #epoch = 0;
  /** Number of the next output, once a screen came. */
  #next: number | undefined;
  #ahead = new Map<number, Output>();
  /** When a screen is to be asked for, by the monotonic clock. */
  #watchAt: number | undefined;
  #watchWait: number = WATCH_MILLISECONDS.first;

  constructor(events: TerminalViewEvents) {
    this.#events = events;
  }

  get state(): TerminalState | undefined {
    return this.#state;
  }

  /** When {@link watchDue} will be true, if at all. */
  get watchAt(): number | undefined {
    return this.#watchAt;
  }

  /** A new connection sees nothing until it watches. */
  connected(now: number): void {
    this.#watchAt = now;
    this.#watchWait = WATCH_MILLISECONDS.first;
    this.#untold = true;
  }

  disconnected(): void {
    this.#watchAt = undefined;
    this.#ahead.clear();
  }

  /** Whether to ask for the screen now; asks again later by itself if none comes. */
  watchDue(now: number): boolean {
    if (this.#watchAt === undefined || now < this.#watchAt) return false;
    this.#watchAt = now + this.#watchWait;
    this.#watchWait = Math.min(this.#watchWait * 2, WATCH_MILLISECONDS.most);
    return true;
  }

  screen(frame: Screen): void {
    if (frame.e < this.#epoch) return;
    if (frame.e === this.#epoch && this.#next !== undefined && frame.n + 1 < this.#next) return;
    this.#untold = false;
    this.#enter(frame.e);
    this.#next = frame.n + 1;
    this.#watchAt = undefined;
    this.#watchWait = WATCH_MILLISECONDS.first;
    this.#events.screen(frame);
    for (const n of [...this.#ahead.keys()]) if (n < this.#next) this.#ahead.delete(n);
    this.#drain();
  }

  output(frame: Output, now: number): void {
    if (frame.e < this.#epoch) return;
    this.#untold = false;
    if (frame.e > this.#epoch) {
      this.#enter(frame.e);
      this.#missing(now);
    }
    if (this.#next !== undefined && frame.n < this.#next) return;
    this.#ahead.set(frame.n, frame);
    this.#drain();
    if (this.#ahead.size === 0) {
      // The gap closed by itself.
      if (this.#next !== undefined) this.#watchAt = undefined;
    } else {
      if (this.#ahead.size > AHEAD_MOST) {
        this.#ahead.clear();
        this.#next = undefined;
      }
      this.#missing(now);
    }
  }

  terminal(frame: State, now: number): void {
    const { epoch } = frame.state;
    // What a new connection is told first holds, of whatever epoch: while no runner is there, nothing has a claim.
    if (!this.#untold) {
      const known = this.#state?.epoch ?? -1;
      if (epoch < Math.max(known, this.#epoch)) return;
      if (epoch === known && frame.s <= this.#stateNumber) return;
    }
    this.#untold = false;
    this.#stateNumber = frame.s;
    this.#state = frame.state;
    if (epoch > this.#epoch) {
      this.#enter(epoch);
      this.#missing(now);
    }
    this.#events.state(frame.state);
  }

  #enter(epoch: number): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#next = undefined;
    this.#ahead.clear();
  }

  #missing(now: number): void {
    this.#watchAt ??= now + GAP_MILLISECONDS;
  }

  #drain(): void {
    while (this.#next !== undefined) {
      const frame = this.#ahead.get(this.#next);
      if (!frame) return;
      this.#ahead.delete(this.#next);
      this.#next++;
      this.#events.output(frame);
    }
  }
}
