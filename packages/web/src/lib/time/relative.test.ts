import { describe, expect, it } from 'vitest';
import { duration, relativeTime, untilNextChange } from './relative.ts';

const at = (text: string) => new Date(text).getTime();
/** A Wednesday noon on the viewer's calendar. */
const NOW = at('2026-03-11T12:00:00');

describe('relativeTime', () => {
  it.each([
    ['2026-03-11T11:59:30', 'just now'],
    ['2026-03-11T12:05:00', 'just now'],
    ['2026-03-11T11:58:00', '2 min ago'],
    ['2026-03-11T09:30:00', '2 h ago'],
    ['2026-03-11T00:30:00', '11 h ago'],
    ['2026-03-10T23:30:00', 'yesterday'],
    ['2026-03-10T00:01:00', 'yesterday'],
    ['2026-03-08T23:00:00', '3 days ago'],
    ['2026-03-01T12:00:00', 'Mar 1, 2026'],
  ])('%s is %s', (then, words) => {
    expect(relativeTime(at(then), NOW, 'en-US')).toBe(words);
  });

  it('says minutes for the last evening while it is not yet an hour ago', () => {
    expect(relativeTime(at('2026-03-10T23:50:00'), at('2026-03-11T00:10:00'))).toBe('20 min ago');
  });
});

describe('untilNextChange', () => {
  it('is never so late that the words would be wrong', () => {
    for (const minutes of [0, 1, 59, 60, 61, 300, 719, 720, 721, 1500, 5000]) {
      const then = NOW - minutes * 60_000;
      const wait = untilNextChange(then, NOW);
      expect(wait).toBeGreaterThan(0);
      expect(relativeTime(then, NOW + wait - 1, 'en-US')).toBe(relativeTime(then, NOW, 'en-US'));
    }
  });
});

describe('duration', () => {
  it.each([
    [0, '0.01 s'],
    [41.6, '0.04 s'],
    [9_996, '10.00 s'],
    [12_400, '12 s'],
    [125_000, '2 min 5 s'],
  ])('%d ms are %s', (milliseconds, words) => {
    expect(duration(milliseconds)).toBe(words);
  });
});
