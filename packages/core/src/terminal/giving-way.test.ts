import { expect, test } from 'vitest';
import { givesWay, type Idler } from './giving-way.ts';
import { SPARED_MILLISECONDS } from './limits.ts';

const NOW = 10 * SPARED_MILLISECONDS;
const idler = (name: string, wish: Partial<Idler>) => ({ name, usedAt: 0, watched: true, paused: false, ...wish });
const used = NOW - SPARED_MILLISECONDS + 1;

test.each([
  ['one that was used just now is spared', [idler('a', { usedAt: used, watched: false }), idler('b', {})], 'b'],
  [
    'one that nobody watches goes first',
    [idler('a', { paused: true }), idler('b', { watched: false, usedAt: 5 })],
    'b',
  ],
  ['then a paused one', [idler('a', { usedAt: 1 }), idler('b', { usedAt: 2, paused: true })], 'b'],
  ['then the one that is idle for longest', [idler('a', { usedAt: 2 }), idler('b', { usedAt: 1 })], 'b'],
  ['one that was never used is idle for longest', [idler('a', {}), idler('b', { usedAt: -Infinity })], 'b'],
  ['of two alike the one that was there first', [idler('a', {}), idler('b', {})], 'a'],
])('%s', (_, idlers, name) => {
  expect(givesWay(idlers, false, NOW)?.name).toBe(name);
  expect(givesWay(idlers, true, NOW)?.name).toBe(name);
});

test('where all were used just now, only whoever asks for a place gets one', () => {
  const idlers = [idler('a', { usedAt: used + 1 }), idler('b', { usedAt: used })];
  expect(givesWay(idlers, false, NOW)).toBeUndefined();
  expect(givesWay(idlers, true, NOW)?.name).toBe('b');
  expect(givesWay([], true, NOW)).toBeUndefined();
});
