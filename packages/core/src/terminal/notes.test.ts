import { expect, test } from 'vitest';
import { REPLACED_NOTE, wrapNote } from './notes.ts';

test('a note breaks at word borders and loses nothing', () => {
  for (const columns of [1, 10, 40, 80, 200]) {
    const lines = wrapNote(REPLACED_NOTE, columns);
    expect(lines.join(' ')).toBe(REPLACED_NOTE);
    for (const line of lines) expect(line.length <= columns || !line.includes(' ')).toBe(true);
  }
  expect(wrapNote('ab cd ef', 5)).toEqual(['ab cd', 'ef']);
});
