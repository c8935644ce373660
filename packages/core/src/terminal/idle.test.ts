import { expect, test } from 'vitest';
import { type IdleTimes, idle } from './idle.ts';

const LIMITS = { pauseMilliseconds: 30, endMilliseconds: 600, unwatchedMilliseconds: 200 };
const AT_PROMPT: IdleTimes = {
  usedAt: 0,
  outputAt: 0,
  unwatchedAt: undefined,
  atPrompt: true,
  running: false,
  paused: false,
  hasSandbox: true,
};
const wait = (milliseconds: number | undefined) => ({ kind: 'wait', milliseconds });

test('a quiet prompt is paused, and output puts that off', () => {
  expect(idle(LIMITS, AT_PROMPT, 29)).toEqual(wait(1));
  expect(idle(LIMITS, AT_PROMPT, 30)).toEqual({ kind: 'pause' });
  expect(idle(LIMITS, { ...AT_PROMPT, outputAt: 20 }, 30)).toEqual(wait(20));
});

test('a paused one is ended in the end, which output does not put off', () => {
  expect(idle(LIMITS, { ...AT_PROMPT, paused: true }, 30)).toEqual(wait(570));
  expect(idle(LIMITS, { ...AT_PROMPT, outputAt: 599 }, 600)).toEqual({ kind: 'end' });
  expect(idle(LIMITS, { ...AT_PROMPT, usedAt: 1 }, 600).kind).not.toBe('end');
});

test('a program that runs is neither paused nor ended: it has limits of its own', () => {
  const running = { ...AT_PROMPT, atPrompt: false, running: true };
  expect(idle(LIMITS, running, 10_000)).toEqual(wait(undefined));
});

test('what nobody watches is forgotten, whatever it does', () => {
  const running = { ...AT_PROMPT, atPrompt: false, running: true, unwatchedAt: 100 };
  expect(idle(LIMITS, running, 299)).toEqual(wait(1));
  expect(idle(LIMITS, running, 300)).toEqual({ kind: 'forget' });
});

test('without a sandbox there is nothing to wait for', () => {
  expect(idle(LIMITS, { ...AT_PROMPT, hasSandbox: false }, 5000)).toEqual(wait(undefined));
});
