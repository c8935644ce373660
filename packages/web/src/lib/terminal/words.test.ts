import type { LanguageId, PersonId } from '@codeconnected/core/room/ids.ts';
import type { LimitName, RunOutcome } from '@codeconnected/core/terminal/state.ts';
import { describe, expect, it } from 'vitest';
import { phaseWords, resultWords } from './words.ts';

const language = 'python' as LanguageId;
const result = (outcome: RunOutcome) => resultWords({ run: 'r', outcome, milliseconds: 40 });

describe('the words for a result', () => {
  it('say time and exit code', () => {
    expect(result({ kind: 'exited', code: 0 })).toEqual({ text: 'finished in 0.04 s, exit 0', tone: 'good' });
    expect(result({ kind: 'exited', code: 3 })).toEqual({ text: 'failed after 0.04 s, exit 3', tone: 'bad' });
    expect(result({ kind: 'stopped' }).text).toBe('stopped after 0.04 s');
    expect(result({ kind: 'unstarted' })).toEqual({ text: 'stopped before it began', tone: 'plain' });
    expect(result({ kind: 'unstarted', reason: 'Every sandbox is in use.' })).toEqual({
      text: 'did not begin: Every sandbox is in use.',
      tone: 'bad',
    });
    expect(result({ kind: 'lost', reason: 'the runner ended' }).text).toContain('the runner ended');
  });

  it.each(['cpu', 'stretch', 'life', 'wall', 'age', 'memory', 'output'] satisfies LimitName[])(
    'say which limit was hit and what to do: %s',
    (limit) => {
      expect(result({ kind: 'limit', limit }).text).toMatch(/ended after .*: it .*\. [A-Z]/);
    },
  );
});

describe('the words for a phase', () => {
  it('count the wait', () => {
    const phase = { kind: 'starting', language, message: 'Waking a runner…', seconds: 2 } as const;
    expect(phaseWords(phase, 'Python', 12)).toBe('Waking a runner… 12 s');
  });

  it('say what to do where there is no sandbox', () => {
    expect(phaseWords({ kind: 'absent' }, 'Python', 0)).toContain('press Run');
    expect(phaseWords({ kind: 'absent', message: 'Nothing can run here.' }, 'Python', 0)).toBe('Nothing can run here.');
  });

  it('say that a prompt is paused, and what wakes it', () => {
    expect(phaseWords({ kind: 'prompt', language }, 'Python', 0)).toBe('Python, ready');
    expect(phaseWords({ kind: 'prompt', language, paused: true }, 'Python', 0)).toBe('Python, paused; a key wakes it');
  });

  it('say that it is being stopped', () => {
    const by = 'p' as PersonId;
    const phase = { kind: 'running', language, run: 'r', by, milliseconds: 0, stopping: true } as const;
    expect(phaseWords(phase, 'Python', 3)).toBe('stopping… 3 s');
  });
});
