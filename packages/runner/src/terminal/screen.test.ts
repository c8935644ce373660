import { SCREEN_BYTES, SCROLLBACK_LINES } from '@codeconnected/core/terminal/limits.ts';
import { OutputFilter } from '@codeconnected/core/terminal/output-filter.ts';
import { JOINED_MOST } from '@codeconnected/core/terminal/output-joining.ts';
import { expect, test } from 'vitest';
import { picture } from './cells.ts';
import { coreOf } from './internals.ts';
import { Screen, SLICE_CHARACTERS, TURN_CHARACTERS, TURN_MILLISECONDS } from './screen.ts';

/** A screen whose clock goes forward with each slice that is parsed. */
function sliced(milliseconds: number) {
  const slices: string[] = [];
  const clock = { now: () => 0, monotonic: () => slices.length * milliseconds, after: () => () => undefined };
  const screen = new Screen({ columns: 80, rows: 24, answer: () => undefined, clock });
  const core = coreOf(screen.terminal);
  const parse = core.writeSync.bind(core);
  core.writeSync = (text: string) => {
    slices.push(text);
    parse(text);
  };
  return { screen, slices };
}

/** Turns of the event loop until it is done. */
async function turns(work: Promise<unknown>): Promise<number> {
  let done = false;
  void work.then(() => {
    done = true;
  });
  for (let count = 0; ; count++) {
    // After all promises that wait for nothing.
    await new Promise((resolve) => process.nextTick(resolve));
    if (done) return count;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('S2 a turn ends when its cost is spent', async () => {
  const { screen } = sliced(0);
  expect(await turns(screen.write('x'.repeat(1000)))).toBe(0);
  expect(await turns(screen.write('x', TURN_CHARACTERS))).toBe(0);
  expect(await turns(screen.write('x'))).toBe(1);
  screen.dispose();
});

test('S2 a turn ends when its time is spent, whatever that was thought to cost', async () => {
  const { screen, slices } = sliced(TURN_MILLISECONDS);
  const text = '\x1b[m'.repeat(10 * SLICE_CHARACTERS);
  expect(await turns(screen.write(`${text}end`))).toBeGreaterThan(20);
  expect(slices.join('')).toBe(`${text}end`);
  for (const slice of slices) expect(slice.length).toBeLessThan(SLICE_CHARACTERS + 10);
  expect(screen.serialize()).toContain('end');
  screen.dispose();
});

test('S2 everything that xterm joins is counted as joining', () => {
  const { screen } = sliced(0);
  const { unicodeService } = coreOf(screen.terminal) as unknown as {
    unicodeService: { wcwidth(code: number): number };
  };
  const missed: string[] = [];
  for (let code = 0xa0; code <= 0x10ffff; code++) {
    if (unicodeService.wcwidth(code) > 0) continue;
    const char = String.fromCodePoint(code);
    const bytes = new TextEncoder().encode(`a${char.repeat(JOINED_MOST + 1)}`);
    const own = new OutputFilter().push(bytes, screen.surface).map((piece) => piece.own);
    if (own.join('') !== `a${char.repeat(JOINED_MOST)}`) missed.push(code.toString(16));
  }
  expect(missed).toEqual([]);
  screen.dispose();
});

test('S2 the cost of output depends on what scrolls, on either screen, and on what is inserted', async () => {
  const { screen } = sliced(0);
  const usual = { columns: 80, rows: 24, region: false, inserting: false };
  expect(screen.surface).toEqual(usual);
  await screen.write('\x1b[2;5r\x1b[?1049h');
  expect(screen.surface).toEqual({ ...usual, region: true });
  await screen.write('\x1b[?1049l\x1b[r\x1b[4h');
  expect(screen.surface).toEqual({ ...usual, inserting: true });
  screen.dispose();
});

const bytesOf = (screen: Screen) => Buffer.byteLength(JSON.stringify(screen.serialize()));

test('S2 a screen whose cells take more than a frame leaves out the oldest lines, and keeps what is seen', async () => {
  const size = { columns: 300, rows: 120, answer: () => undefined };
  const screen = new Screen(size);
  for (let line = 0; line < SCROLLBACK_LINES + 200; line++) {
    let text = '';
    for (let i = 0; i < 300; i++) text += `\x1b[38;2;${line % 256};${i % 256};1;48;2;1;${i % 256};3mx`;
    await screen.write(`${text}\r\n`);
  }
  expect(bytesOf(screen)).toBeLessThanOrEqual(SCREEN_BYTES);
  const joiner = new Screen(size);
  await joiner.write(screen.serialize());
  const buffer = joiner.terminal.buffer.normal;
  expect(buffer.length).toBeGreaterThanOrEqual(120);
  expect(buffer.length).toBeLessThan(SCROLLBACK_LINES);
  const [own, seen] = [picture(screen), picture(joiner)] as { lines: string[] }[];
  expect(seen!.lines.slice(-120)).toEqual(own!.lines.slice(-120));
  screen.dispose();
  joiner.dispose();
});

test('S2 a screen that would not fit by itself comes without attributes and piled up accents, but with its text', async () => {
  const size = { columns: 300, rows: 120, answer: () => undefined };
  const screen = new Screen(size);
  const every = '\x1b[0;1;2;3;4:3;5;7;8;9;53;38;2;255;254;253;48;2;255;254;253;58:2::255:254:253m';
  for (const alternate of ['', '\x1b[?1049h\x1b[H']) {
    await screen.write(alternate);
    for (let row = 0; row < 120; row++) {
      let text = '';
      for (let i = 0; i < 300; i++) text += `${i % 2 ? every : '\x1b[m'}a${'\u0301'.repeat(50)}`;
      await screen.write(`\x1b[${row + 1};1H${text}`);
    }
    expect(bytesOf(screen)).toBeLessThanOrEqual(SCREEN_BYTES);
    const joiner = new Screen(size);
    await joiner.write(screen.serialize());
    expect(joiner.terminal.buffer.active.getLine(0)?.translateToString()).toBe('a\u0301\u0301\u0301'.repeat(300));
    expect(joiner.alternate).toBe(alternate !== '');
    joiner.dispose();
  }
  screen.dispose();
});
