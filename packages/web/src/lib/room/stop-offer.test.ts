import type { LanguageId, PersonId } from '@codeconnected/core/room/ids.ts';
import { expect, test } from 'vitest';
import { stopOfferedIn } from './stop-offer.ts';

const language = 'python' as LanguageId;
const running = { kind: 'running', language, run: 'r', by: 'p' as PersonId, stopping: false } as const;
const starting = { kind: 'starting', language, message: 'Waking a runner…' } as const;

test('Stop is offered for a run that takes a moment', () => {
  expect(stopOfferedIn({ ...running, milliseconds: 100 })).toBe(200);
  expect(stopOfferedIn({ ...running, milliseconds: 9_000 })).toBe(0);
});

test('Stop is offered for a run whose sandbox is still being started', () => {
  expect(stopOfferedIn({ ...starting, run: 'r', seconds: 0 })).toBe(300);
  expect(stopOfferedIn({ ...starting, run: 'r', seconds: 4 })).toBe(0);
});

test('Stop is offered for what was typed later, and never where nothing runs', () => {
  expect(stopOfferedIn({ kind: 'busy', language })).toBe(1_500);
  for (const phase of [
    undefined,
    { kind: 'absent' },
    { kind: 'prompt', language },
    { ...starting, seconds: 4 },
  ] as const)
    expect(stopOfferedIn(phase)).toBeUndefined();
});
