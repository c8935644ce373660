import { expect, test } from 'vitest';
import { leavingWords, othersWords, savingWords } from './saving-words.ts';

test('Offline says that changes are kept only where they are', () => {
  expect(savingWords('offline', true)).toBe('Offline: your changes are kept here');
  expect(savingWords('offline', false)).toBe('Offline: keep this tab open');
  expect(savingWords('saving', false)).toBe('Saving…');
  expect(savingWords('saved', false)).toBe('Saved');
});

test('leaving promises that edits are sent later only where they are kept', () => {
  expect(leavingWords(true)).toMatch(/kept in this browser and sent/);
  expect(leavingWords(false)).toMatch(/lost/);
  expect(leavingWords(false)).not.toMatch(/are kept/);
});

test('leaving says of others only what is known of them', () => {
  expect(othersWords(['Mia'], true)).toBe('Mia is still here; the room goes on without you.');
  expect(othersWords(['Mia', 'Jan'], false)).toMatch(/^Mia, Jan were here when the connection was lost;/);
});
