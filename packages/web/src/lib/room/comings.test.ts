import { describe, expect, it } from 'vitest';
import { comingsWords } from './comings.ts';

const people = (...names: string[]) => new Map(names.map((name) => [name.toLowerCase(), name]));

describe('the words for who came and left', () => {
  it('name those who did, and nobody else', () => {
    expect(comingsWords(people('Mia'), people('Mia', 'Jan'))).toBe('Jan came in.');
    expect(comingsWords(people('Mia', 'Jan'), people('Jan', 'Ada', 'Bob'))).toBe('Ada and Bob came in. Mia left.');
    expect(comingsWords(people('Mia'), people('Mia'))).toBe('');
  });

  it('say nothing of a new name', () => {
    expect(comingsWords(new Map([['p', 'Guest']]), new Map([['p', 'Mia']]))).toBe('');
  });

  it('count a crowd', () => {
    expect(comingsWords(people(), people('A', 'B', 'C', 'D'))).toBe('4 people came in.');
  });
});
