import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LanguageId, PersonId } from '../room/ids.ts';
import type { SandboxEnd } from '../sandbox/sandbox.ts';
import { type Activity, type ActivityEvent, advance, phaseOf, runOf } from './activity.ts';

const language = 'any' as LanguageId;
const by = 'somebody' as PersonId;
const run = fc.nat({ max: 3 }).map((n) => ({ run: `r${n}`, by }));
const end: fc.Arbitrary<SandboxEnd> = fc.oneof(
  fc.nat({ max: 255 }).map((code) => ({ kind: 'exited' as const, code })),
  fc.constant({ kind: 'limit' as const, limit: 'cpu' as const }),
  fc.constant({ kind: 'lost' as const, reason: 'x' }),
  fc.constant({ kind: 'released' as const }),
);
const what = fc.constantFrom('run' as const, 'line' as const);
const event: fc.Arbitrary<ActivityEvent> = fc.oneof(
  fc.option(run, { nil: undefined }).map((of) => ({ kind: 'claiming' as const, language, message: 'm', run: of })),
  fc.constant({ kind: 'waiting' as const, message: 'w' }),
  fc.constant({ kind: 'opened' as const, language }),
  run.map((of) => ({ kind: 'running' as const, language, run: of })),
  fc.constant({ kind: 'mark' as const, event: { kind: 'prompt' as const } }),
  what.map((each) => ({ kind: 'mark' as const, event: { kind: 'started' as const, what: each } })),
  fc
    .tuple(what, fc.nat({ max: 255 }))
    .map(([each, code]) => ({ kind: 'mark' as const, event: { kind: 'finished' as const, what: each, code } })),
  fc.constantFrom({ kind: 'stop' as const }, { kind: 'interrupt' as const }),
  fc.option(end, { nil: undefined }).map((each) => ({ kind: 'ended' as const, end: each })),
  fc.constantFrom({ kind: 'absent' as const }, { kind: 'paused' as const }, { kind: 'woken' as const }),
);

test('every run has one result, told when it is over or will never begin', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      let activity: Activity = { kind: 'absent' };
      let now = 0;
      for (const each of events) {
        now += 1;
        const before = activity;
        const next = advance(activity, each, now);
        activity = next.activity;
        const left = before.kind === 'running' && (activity.kind !== 'running' || each.kind === 'running');
        const waited = before.kind === 'starting' ? before.run : undefined;
        const begins = activity.kind === 'running' && activity.run.run === waited?.run;
        const goesOn = activity.kind === 'starting' && each.kind !== 'claiming';
        expect(next.result !== undefined).toBe(left || (waited !== undefined && !begins && !goesOn));
        if (next.result && waited) {
          expect(next.result).toMatchObject({ run: waited.run, outcome: { kind: 'unstarted' }, milliseconds: 0 });
        }
        if (next.result && before.kind === 'running') {
          expect(next.result.run).toBe(before.run.run);
          expect(next.result.milliseconds).toBeGreaterThanOrEqual(0);
          if (before.stopping) expect(next.result.outcome.kind).not.toBe('exited');
        }
        if (activity.kind === 'running') expect(runOf(activity)).toBe(activity.run);
        expect(phaseOf(activity, now).kind).toBe(activity.kind);
      }
    }),
    { numRuns: 2000 },
  );
});

test('marks alone never begin a run: the program can forge them', () => {
  const marks = event.filter((each) => each.kind === 'mark');
  fc.assert(
    fc.property(fc.array(marks, { maxLength: 40 }), (events) => {
      let activity: Activity = { kind: 'prompt', language };
      for (const each of events) {
        activity = advance(activity, each, 0).activity;
        expect(['prompt', 'busy']).toContain(activity.kind);
      }
    }),
  );
});
