import { join } from 'node:path';
import { expect, it } from 'vitest';
import { measuredLanguages, numbered } from './languages.ts';

it('a program prints its own number, which is not the beginning of another', () => {
  const hello = { program: 'say "hi"', output: 'hi' };
  expect(numbered(hello, 0)).toEqual({ text: 'say "hi1001"', marker: 'hi1001' });
  expect(numbered(hello, 10).marker).not.toContain(numbered(hello, 1).marker);
});

it('a program that does not contain what it prints is refused', () => {
  expect(() => numbered({ program: 'say 1 + 1', output: '2' }, 0)).toThrow('does not contain what it prints');
});

it('every language folder can be measured', async () => {
  const languages = await measuredLanguages(join(import.meta.dirname, '../../languages'));
  expect(languages.length).toBeGreaterThan(0);
  for (const language of languages) expect(language.program(3).text).toContain(language.program(3).marker);
});
