import { expect, test } from 'vitest';
import type { LanguageId, PersonId } from '../room/ids.ts';
import { type Activity, type ActivityEvent, advance, phaseOf } from './activity.ts';

const language = 'any' as LanguageId;
const run = { run: 'r', by: 'somebody' as PersonId };

/** The outcome of a run that sees these, one a millisecond. */
function outcome(...events: ActivityEvent[]) {
  let activity: Activity = { kind: 'absent' };
  let now = 0;
  for (const event of [{ kind: 'running', language, run } as const, ...events]) {
    const next = advance(activity, event, now++);
    if (next.result) return next.result;
    activity = next.activity;
  }
  return undefined;
}
const finished = (code: number) =>
  ({ kind: 'mark', event: { kind: 'finished', what: 'run', code } }) satisfies ActivityEvent;

test.each([
  ['its code', [finished(3)], { kind: 'exited', code: 3 }],
  ['Stop', [{ kind: 'stop' }, finished(130)], { kind: 'stopped' }],
  ['Stop, whatever code it left', [{ kind: 'stop' }, finished(0)], { kind: 'stopped' }],
  ['Ctrl-C', [{ kind: 'interrupt' }, finished(130)], { kind: 'stopped' }],
  ['Ctrl-C that the program handled', [{ kind: 'interrupt' }, finished(0)], { kind: 'exited', code: 0 }],
  ['its process', [{ kind: 'ended', end: { kind: 'exited', code: 139 } }], { kind: 'exited', code: 139 }],
  ['a limit', [{ kind: 'ended', end: { kind: 'limit', limit: 'memory' } }], { kind: 'limit', limit: 'memory' }],
  [
    'a limit after Stop',
    [{ kind: 'stop' }, { kind: 'ended', end: { kind: 'limit', limit: 'cpu' } }],
    { kind: 'limit', limit: 'cpu' },
  ],
  ['the runner', [{ kind: 'ended', end: { kind: 'lost', reason: 'x' } }], { kind: 'lost', reason: 'x' }],
  ['a replacement', [{ kind: 'claiming', language, message: '' }], { kind: 'stopped' }],
] satisfies [string, ActivityEvent[], unknown][])('a run ended by %s', (_what, events, expected) => {
  expect(outcome(...events)?.outcome).toEqual(expected);
});

test('a start that is for a run says so, so that it can be stopped', () => {
  const phase = (of?: typeof run) =>
    phaseOf(advance({ kind: 'absent' }, { kind: 'claiming', language, message: 'm', run: of }, 0).activity, 2_000);
  expect(phase(run)).toMatchObject({ kind: 'starting', run: 'r', seconds: 2 });
  expect(phase()).toEqual({ kind: 'starting', language, message: 'm', seconds: 2 });
});

test('the time of a run counts from the start of its program', () => {
  const started = { kind: 'mark', event: { kind: 'started', what: 'run' } } satisfies ActivityEvent;
  expect(outcome(finished(0))?.milliseconds).toBe(1);
  expect(outcome({ kind: 'stop' }, started, finished(0))?.milliseconds).toBe(1);
});
