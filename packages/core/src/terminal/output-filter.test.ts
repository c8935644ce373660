import { expect, test } from 'vitest';
import type { Surface } from './output-cost.ts';
import { OutputFilter, PIECE_COST } from './output-filter.ts';
import { JOINED_MOST } from './output-joining.ts';

const SURFACE: Surface = { columns: 80, rows: 24, region: false, inserting: false };

function push(filter: OutputFilter, output: string | Uint8Array) {
  const bytes = typeof output === 'string' ? new TextEncoder().encode(output) : output;
  const pieces = filter.push(bytes, SURFACE);
  return {
    own: pieces.map(({ own }) => own).join(''),
    viewers: pieces.map(({ viewers }) => viewers).join(''),
  };
}
const filtered = (output: string) => push(new OutputFilter(), output);

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
  expect(push(filter, 'a\x1b[3').own).toBe('a');
  expect(push(filter, '1mb').own).toBe('\x1b[31mb');
  const euro = new TextEncoder().encode('€');
  expect(push(filter, euro.subarray(0, 2)).viewers).toBe('');
  expect(push(filter, euro.subarray(2)).viewers).toBe('€');
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
  push(filter, '\x1b]52;c;');
  filter.reset();
  expect(push(filter, 'hello').own).toBe('hello');
});

test.each([
  ['scrolling up', '\x1b[2147483647S', '\x1b[24S'],
  ['inserting lines, with zeros before', '\x1b[0005000000L', '\x1b[24L'],
  ['deleting lines', '\x1b[25M', '\x1b[24M'],
  ['repeating', '─\x1b[5000000b', '─\x1b[1000b'],
  ['a position', '\x1b[99999;5H', '\x1b[1000;5H'],
  ['shifting columns', '\x1b[5000000 @', '\x1b[1000 @'],
])('S2 %s stops at the edge of what a screen can have', (_what, text, bounded) => {
  expect(filtered(text)).toEqual({ own: bounded, viewers: bounded });
});

const MARK = '\u0301';
const MOST = MARK.repeat(JOINED_MOST);

test.each([
  ['a word with an accent', `cafe${MARK}`],
  ['a family', '👩\u200d👩\u200d👧\u200d👦'],
  ['flags', '🇫🇷🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'],
  ['Thai', 'ที่นี่'],
  ['a Tibetan stack', '\u0f40\u0fb5\u0f71\u0f74\u0f7e'],
  ['as many marks as are kept, on each of two characters', `a${MOST}漢${MOST}`],
])('S2 %s passes unchanged', (_what, text) => {
  expect(filtered(text)).toEqual({ own: text, viewers: text });
});

test.each([
  ['marks', `a${MOST}${MARK.repeat(100_000)}b`, `a${MOST}b`],
  ['marks of four bytes', `a${'\u{e0100}'.repeat(100)}`, `a${'\u{e0100}'.repeat(JOINED_MOST)}`],
  ['joiners', `a${'\u200d'.repeat(100)}`, `a${'\u200d'.repeat(JOINED_MOST)}`],
  ['marks around what is dropped', `a${MOST}\x1b]52;c;x\x07${MARK}`, `a${MOST}`],
  ['marks around a broken escape', `a${MOST}\x1b${MARK}\x1b\u{e0100}${MARK}`, `a${MOST}`],
  ['marks around what a terminal ignores', `a${MOST}\x7f${MARK}`, `a${MOST}`],
])('S2 of %s, a character keeps a few', (_what, text, kept) => {
  expect(filtered(text)).toEqual({ own: kept, viewers: kept });
});

test('S2 marks are counted across chunks', () => {
  const filter = new OutputFilter();
  let own = push(filter, 'a').own;
  for (let i = 0; i < 100; i++) own += push(filter, MARK).own;
  expect(own).toBe(`a${MOST}`);
});

test('S2 a character that others joined is not repeated with them', () => {
  expect(filtered(`a${MARK}\x1b[9b`).own).toBe(`a${MARK}\0`);
});

test('S2 without wrapping, nothing joins a wide character, which may not be on the screen', () => {
  expect(filtered(`\x1b[?7l漢${MARK}\x1b[9ba${MARK}`).own).toBe(`\x1b[?7l漢\0a${MARK}`);
  expect(filtered(`\x1b[?7l\x1b[?7h漢${MARK}`).own).toBe(`\x1b[?7l\x1b[?7h漢${MARK}`);
});

const pieces = (text: string) => new OutputFilter().push(new TextEncoder().encode(text), SURFACE).length;

test('S2 plain text comes in few pieces', () => {
  expect(pieces('x'.repeat(4 * PIECE_COST))).toBe(4);
  expect(pieces('\x1b[4;47;2l'.repeat(1000))).toBeLessThan(4);
});

test.each([
  ['full resets', '\x1bc', 5],
  ['erased screens', '\x1b[2J', 9],
  ['erasing below', '\x1b[J', 9],
  ['alignment patterns', '\x1b#8', 9],
  ['the other screen', '\x1b[?1049h', 9],
  ['the other screen among modes', '\x1b[?1;047;5l', 9],
  ['repeated characters', 'a\x1b[1000b', 3],
  ['shifted lines', '\x1b[24S', 4],
  ['shifted columns', "\x1b[1'}", 9],
  ['inserted lines at the top', '\x1bM', 80],
])('S2 of %s, a piece has few', (_what, costly, most) => {
  expect(pieces(costly.repeat(1000))).toBeGreaterThan(1000 / most - 1);
});

test('S2 a line feed where only a part of the screen scrolls is costly, and so is a character that moves others', () => {
  const feeds = new TextEncoder().encode('\n'.repeat(1000));
  const letters = new TextEncoder().encode('x'.repeat(1000));
  const cost = (bytes: Uint8Array, surface: Surface, before = '') =>
    new OutputFilter()
      .push(new Uint8Array([...new TextEncoder().encode(before), ...bytes]), surface)
      .reduce((sum, piece) => sum + piece.cost, 0);
  const plain = cost(feeds, SURFACE);
  expect(cost(feeds, { ...SURFACE, region: true })).toBeGreaterThan(10 * plain);
  expect(cost(feeds, SURFACE, '\x1b[2;5r')).toBeGreaterThan(10 * plain);
  expect(cost(feeds, { ...SURFACE, region: true }, '\x1bc')).toBeLessThan(2 * plain);
  expect(cost(letters, SURFACE)).toBe(1000);
  expect(cost(letters, { ...SURFACE, inserting: true })).toBeGreaterThan(10 * 1000);
  expect(cost(letters, SURFACE, '\x1b[4h')).toBeGreaterThan(10 * 1000);
});
