/**
 * What a room's terminal is doing, as a state that events move: no timers, no sandbox. The runner's terminal acts
 * on it, and tells it to the viewers by {@link phaseOf}.
 */
import type { LanguageId, PersonId } from '../room/ids.ts';
import type { SandboxEnd, SandboxEvent } from '../sandbox/sandbox.ts';
import type { RunOutcome, RunResult, TerminalPhase } from './state.ts';

/** Exit code of a program that Ctrl-C ended, as shells report it. */
const INTERRUPTED_CODE = 130;

/** Who runs what. */
export interface RunOf {
  readonly run: string;
  readonly by: PersonId;
}

export type Activity =
  | { readonly kind: 'absent'; readonly message?: string }
  | {
      readonly kind: 'starting';
      readonly language: LanguageId;
      readonly message: string;
      readonly since: number;
      /** The run that it is for. */
      readonly run?: RunOf;
    }
  | {
      readonly kind: 'prompt';
      readonly language: LanguageId;
      /** Its sandbox is frozen. */
      readonly paused?: true;
    }
  | { readonly kind: 'busy'; readonly language: LanguageId }
  | {
      readonly kind: 'running';
      readonly language: LanguageId;
      readonly run: RunOf;
      readonly since: number;
      /** Stop was pressed. */
      readonly stopping: boolean;
      /** Ctrl-C was typed. */
      readonly interrupted: boolean;
    };

export type ActivityEvent =
  | {
      readonly kind: 'claiming';
      readonly language: LanguageId;
      readonly message: string;
      readonly run?: RunOf;
      /** How the sandbox before it ended, where it did so by itself. */
      readonly end?: SandboxEnd;
    }
  | { readonly kind: 'waiting'; readonly message: string }
  /** The prompt of a claimed sandbox is being opened. */
  | { readonly kind: 'opened'; readonly language: LanguageId }
  /** A run was handed to its sandbox. */
  | { readonly kind: 'running'; readonly language: LanguageId; readonly run: RunOf }
  | { readonly kind: 'mark'; readonly event: Exclude<SandboxEvent, { kind: 'output' }> }
  | { readonly kind: 'paused' }
  | { readonly kind: 'woken' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'interrupt' }
  /** The sandbox is no more; without `end` it was taken away by ourselves. */
  | { readonly kind: 'ended'; readonly end?: SandboxEnd }
  | { readonly kind: 'absent'; readonly message?: string };

export interface Advanced {
  readonly activity: Activity;
  /** A run that came to its end with this event, or will never begin. */
  readonly result?: RunResult;
}

function outcomeOf(activity: Extract<Activity, { kind: 'running' }>, end: SandboxEnd | undefined): RunOutcome {
  if (end?.kind === 'limit') return { kind: 'limit', limit: end.limit };
  if (end?.kind === 'lost') return { kind: 'lost', reason: end.reason };
  if (activity.stopping || !end || end.kind === 'released') return { kind: 'stopped' };
  if (activity.interrupted && end.code === INTERRUPTED_CODE) return { kind: 'stopped' };
  return { kind: 'exited', code: end.code };
}

/** @param now monotonic milliseconds */
export function advance(activity: Activity, event: ActivityEvent, now: number): Advanced {
  const finish = (end: SandboxEnd | undefined, reason?: string): RunResult | undefined => {
    if (activity.kind === 'running') {
      return { run: activity.run.run, outcome: outcomeOf(activity, end), milliseconds: now - activity.since };
    }
    if (activity.kind !== 'starting' || !activity.run) return undefined;
    return { run: activity.run.run, outcome: { kind: 'unstarted', reason }, milliseconds: 0 };
  };
  switch (event.kind) {
    case 'claiming': {
      const { language, message, run } = event;
      return { activity: { kind: 'starting', language, message, since: now, run }, result: finish(event.end) };
    }
    case 'waiting':
      return { activity: activity.kind === 'starting' ? { ...activity, message: event.message } : activity };
    case 'opened':
      return { activity: { kind: 'prompt', language: event.language }, result: finish(undefined) };
    case 'running': {
      const { language, run } = event;
      return {
        activity: { kind: 'running', language, run, since: now, stopping: false, interrupted: false },
        // The one that it was being prepared for begins.
        result: activity.kind === 'starting' && activity.run?.run === run.run ? undefined : finish(undefined),
      };
    }
    case 'mark':
      return marked(activity, event.event, now, finish);
    case 'paused':
      return { activity: activity.kind === 'prompt' ? { ...activity, paused: true } : activity };
    case 'woken':
      if (activity.kind !== 'prompt' || !activity.paused) return { activity };
      return { activity: { kind: 'prompt', language: activity.language } };
    case 'stop':
      return { activity: activity.kind === 'running' ? { ...activity, stopping: true } : activity };
    case 'interrupt':
      return { activity: activity.kind === 'running' ? { ...activity, interrupted: true } : activity };
    case 'ended':
      return { activity: { kind: 'absent' }, result: finish(event.end) };
    case 'absent':
      return { activity: { kind: 'absent', message: event.message }, result: finish(undefined, event.message) };
  }
}

function marked(
  activity: Activity,
  mark: Exclude<SandboxEvent, { kind: 'output' }>,
  now: number,
  finish: (end: SandboxEnd) => RunResult | undefined,
): Advanced {
  if (activity.kind === 'running') {
    // The program's own time counts from its start, not from the press.
    if (mark.kind === 'started' && mark.what === 'run') return { activity: { ...activity, since: now } };
    if (mark.kind === 'finished' && mark.what === 'run') {
      return {
        activity: { kind: 'prompt', language: activity.language },
        result: finish({ kind: 'exited', code: mark.code }),
      };
    }
    return { activity };
  }
  if (activity.kind === 'prompt' && mark.kind === 'started' && mark.what === 'line') {
    return { activity: { kind: 'busy', language: activity.language } };
  }
  if (activity.kind === 'busy' && (mark.kind === 'prompt' || mark.kind === 'finished')) {
    return { activity: { kind: 'prompt', language: activity.language } };
  }
  return { activity };
}

/** The state as viewers are told it. */
export function phaseOf(activity: Activity, now: number): TerminalPhase {
  switch (activity.kind) {
    case 'absent':
    case 'prompt':
    case 'busy':
      return activity;
    case 'starting': {
      const { language, message, since, run } = activity;
      return { kind: 'starting', language, message, seconds: Math.round((now - since) / 1000), run: run?.run };
    }
    case 'running': {
      const { language, run, since, stopping } = activity;
      return { kind: 'running', language, ...run, milliseconds: Math.round(now - since), stopping };
    }
  }
}

/** The run that is on, or that a sandbox is being claimed for: a further press joins it. */
export function runOf(activity: Activity): RunOf | undefined {
  return activity.kind === 'running' || activity.kind === 'starting' ? activity.run : undefined;
}
