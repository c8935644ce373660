import { OutputFilter } from '@codeconnected/core/terminal/output-filter.ts';
import { JOINED_MOST } from '@codeconnected/core/terminal/output-joining.ts';
import { expect, test } from 'vitest';
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
