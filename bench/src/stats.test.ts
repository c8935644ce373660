import { expect, it } from 'vitest';
import { summarise } from './stats.ts';

it('the median of an odd sample is its middle, of an even one what lies between', () => {
  expect(summarise([5, 1, 3]).median).toBe(3);
  expect(summarise([4, 1, 3, 2]).median).toBe(2.5);
});

it('nine tenths are at most p90', () => {
  expect(summarise([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])).toMatchObject({ n: 10, p90: 9, least: 1, most: 10 });
});

it('an empty sample is refused rather than summarised', () => {
  expect(() => summarise([])).toThrow('nothing was measured');
});
