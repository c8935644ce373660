/** Tells the viewers what a terminal is doing, without flicker: what passes within a moment is not told. */
import type { Clock } from '@codeconnected/core/clock.ts';
import { type Activity, phaseOf } from '@codeconnected/core/terminal/activity.ts';
import type { TerminalState } from '@codeconnected/core/terminal/state.ts';

/** Milliseconds that a claim or a line at the prompt may take before it is told. */
const NOTICE_MILLISECONDS = 150;
/** Milliseconds between repetitions while a sandbox is being started, with the seconds so far. */
const REPEAT_MILLISECONDS = 1_000;
/** Left free at each telling to somebody new: the control plane tells states of its own while a runner is gone. */
const NUMBER_STEP = 16;

export interface AnnouncerOptions {
  readonly clock: Clock;
  /** The rest of the state. */
  readonly around: () => Omit<TerminalState, 'phase'>;
  readonly tell: (frame: { readonly t: 'terminal'; readonly s: number; readonly state: TerminalState }) => void;
}

export class Announcer {
  readonly #options: AnnouncerOptions;
  #activity: Activity = { kind: 'absent' };
  #told = '';
  #number = 0;
  #cancel: (() => void) | undefined;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /** The activity is this now. */
  changed(activity: Activity): void {
    const before = this.#activity;
    this.#activity = activity;
    const passing = activity.kind === 'starting' || activity.kind === 'busy';
    if (passing && before.kind === activity.kind && this.#cancel) return;
    this.#cancel?.();
    this.#cancel = undefined;
    if (passing) this.#later(NOTICE_MILLISECONDS);
    else this.#tell();
  }

  /** The state for somebody who begins to watch. */
  current(): { readonly t: 'terminal'; readonly s: number; readonly state: TerminalState } {
    this.#number += NUMBER_STEP;
    return { t: 'terminal', s: this.#number, state: this.#state() };
  }

  /** Something around the phase changed. */
  again(): void {
    this.#tell();
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #state(): TerminalState {
    return { ...this.#options.around(), phase: phaseOf(this.#activity, this.#options.clock.monotonic()) };
  }

  #later(milliseconds: number): void {
    this.#cancel = this.#options.clock.after(milliseconds, () => {
      this.#cancel = undefined;
      this.#tell();
      if (this.#activity.kind === 'starting') this.#later(REPEAT_MILLISECONDS);
    });
  }

  #tell(): void {
    const state = this.#state();
    const key = JSON.stringify({ ...state, phase: this.#key() });
    if (key === this.#told) return;
    this.#told = key;
    this.#number += 1;
    this.#options.tell({ t: 'terminal', s: this.#number, state });
  }

  /** What makes a state another one: the time that passes does not, but for a wait. */
  #key(): unknown {
    const activity = this.#activity;
    if (activity.kind === 'running') return { ...activity, since: 0, interrupted: false };
    if (activity.kind === 'starting') return phaseOf(activity, this.#options.clock.monotonic());
    return activity;
  }
}
