import { expect, test } from 'vitest';
import { OutputFilter } from './output-filter.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const filtered = (text: string) => new OutputFilter().push(bytes(text));

test.each([
  ['plain text', 'hello\r\n\tworld\x07'],
  ['colours', '\x1b[1;38;5;200mx\x1b[m'],
  ['a full-screen program', '\x1b[?1049h\x1b[2J\x1b[3;4Hx\x1b[?25l'],
  ['a saved cursor', '\x1b7\x1b[u\x1b8'],
  ['a title', '\x1b]0;hello\x07'],
  ['a reset', '\x1bc'],
])('%s goes to both', (_what, text) => {
  expect(filtered(text)).toEqual({ own: text, viewers: text });
});

test.each([
  ['the cursor', '\x1b[6n'],
  ['the cursor, the private way', '\x1b[?6n'],
  ['attributes', '\x1b[c'],
  ['secondary attributes', '\x1b[>0c'],
  ['a mode', '\x1b[?2004$p'],
  ['the version', '\x1b[>0q'],
  ['the window', '\x1b[18t'],
  ['the keyboard', '\x1b[?u'],
  ['a setting', '\x1bP$qm\x1b\\'],
])('a question for %s is only asked of the runner', (_what, text) => {
  const { own, viewers } = filtered(`a${text}b`);
  expect(own).toBe(`a${text}b`);
  expect(viewers.replaceAll('\0', '')).toBe('ab');
});

test.each([
  ['a clipboard write', '\x1b]52;c;aGVsbG8=\x07'],
  ['a clipboard write that ends with ST', '\x1b]52;c;aGVsbG8=\x1b\\'],
  ['a clipboard write in 8-bit controls', '\u009d52;c;aGVsbG8=\u009c'],
  ['a link', '\x1b]8;;http://example.org\x07'],
  ['a palette', '\x1b]4;1;#ff0000\x07'],
  ['an application command', '\x1b_x\x1b\\'],
  ['an image', '\x1bPq#0\x1b\\'],
  ['a title without end', `\x1b]0;${'x'.repeat(10_000)}\x07`],
  ['a control sequence without end', `\x1b[${'1;'.repeat(1000)}m`],
])('%s reaches nobody', (_what, text) => {
  expect(filtered(`a${text}b`)).toEqual({ own: 'ab', viewers: 'ab' });
});

test('what is unfinished is held back, and nothing of it is lost', () => {
  const filter = new OutputFilter();
  expect(filter.push(bytes('a\x1b[3')).own).toBe('a');
  expect(filter.push(bytes('1mb')).own).toBe('\x1b[31mb');
  const euro = bytes('€');
  expect(filter.push(euro.subarray(0, 2)).viewers).toBe('');
  expect(filter.push(euro.subarray(2)).viewers).toBe('€');
});

test('a control character within a sequence takes effect, even where the sequence is a question', () => {
  expect(filtered('\x1b[6\nn').viewers.replaceAll('\0', '')).toBe('\n');
  expect(filtered('\x1b[3\n1m').viewers).toBe('\n\x1b[31m');
});

test('a sequence that is given up leaves nothing behind', () => {
  expect(filtered('\x1b[12\x18a\x1b]0;x\x1ab\x1b[3\x1b[1mc').own).toBe('ab\x1b[1mc');
});

test('an end of output forgets what was unfinished', () => {
  const filter = new OutputFilter();
  filter.push(bytes('\x1b]52;c;'));
  filter.reset();
  expect(filter.push(bytes('hello')).own).toBe('hello');
});

test.each([
  ['scrolling up', '\x1b[2147483647S', '\x1b[24S'],
  ['inserting lines, with zeros before', '\x1b[0005000000L', '\x1b[24L'],
  ['deleting lines', '\x1b[25M', '\x1b[24M'],
  ['repeating', '\x1b[5000000b', '\x1b[1000b'],
  ['a position', '\x1b[99999;5H', '\x1b[1000;5H'],
  ['shifting columns', '\x1b[5000000 @', '\x1b[1000 @'],
])('S2 %s stops at the edge of what a screen can have', (_what, text, bounded) => {
  expect(new OutputFilter().push(bytes(text), 24)).toEqual({ own: bounded, viewers: bounded });
});
