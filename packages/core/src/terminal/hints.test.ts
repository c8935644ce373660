import { expect, test } from 'vitest';
import { Hints } from './hints.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test.each([
  ['OSError: [Errno 28] No space left on device', ['disk']],
  ['Error: ENOSPC: no space left on device, write', ['disk']],
  ['BlockingIOError: [Errno 11] Resource temporarily unavailable', ['processes']],
  ['sh: 1: Cannot fork', ['processes']],
  ["RuntimeError: can't start new thread", ['processes']],
  ['Error: spawn /bin/sh EAGAIN', ['processes']],
  ['MemoryError', ['memory']],
  ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', ['memory']],
  ['all is well, there is space left', []],
])('%s', (text, expected) => {
  const hints = new Hints();
  hints.push(bytes(text));
  expect(hints.take()).toEqual(expected);
  expect(hints.take()).toEqual([]);
});

test('words are found however the output is cut, and once', () => {
  const hints = new Hints();
  for (const each of bytes(`${'x'.repeat(1000)}No space left on device\r\n`)) hints.push(new Uint8Array([each]));
  expect(hints.take()).toEqual(['disk']);
  hints.push(bytes('still running'));
  expect(hints.take()).toEqual([]);
});
