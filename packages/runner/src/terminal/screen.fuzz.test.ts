import { OutputFilter } from '@codeconnected/core/terminal/output-filter.ts';
import { JOINED_MOST } from '@codeconnected/core/terminal/output-joining.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { picture } from './cells.ts';
import { anyNoise, anyOutput } from './output-arbitrary.ts';
import { Screen } from './screen.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 1000);
const size = fc.record({ columns: fc.integer({ min: 20, max: 60 }), rows: fc.integer({ min: 5, max: 12 }) });
const outputs = fc.array(anyOutput, { maxLength: 60 });

/** @returns a chunk as the filter gives it, in one */
function push(filter: OutputFilter, bytes: Uint8Array, { surface }: Screen): { own: string; viewers: string } {
  const pieces = filter.push(bytes, surface);
  return {
    own: pieces.map(({ own }) => own).join(''),
    viewers: pieces.map(({ viewers }) => viewers).join(''),
  };
}

function open(of: { columns: number; rows: number }): Screen {
  return new Screen({ ...of, answer: () => {} });
}

test('a late joiner has the exact screen, and goes on exactly as the others', async () => {
  await fc.assert(
    fc.asyncProperty(size, outputs, outputs, async (of, before, after) => {
      const original = open(of);
      const joiner = open(of);
      await original.write(before.join(''));
      await joiner.write(original.serialize());
      expect(picture(joiner)).toEqual(picture(original));
      await original.write(after.join(''));
      await joiner.write(after.join(''));
      expect(picture(joiner)).toEqual(picture(original));
      original.dispose();
      joiner.dispose();
    }),
    { numRuns: RUNS },
  );
});

/** Cases that the property once found. */
const FOUND = [
  {
    title: 'a first line that goes on from a deleted one',
    of: { columns: 20, rows: 6 },
    before: `${'漢'.repeat(60)}\x1b[0;0H\x1b[0M`,
    after: '\x1bM',
  },
  {
    title: 'a cursor saved below the screen, where erased scrollback left it',
    of: { columns: 20, rows: 5 },
    before: '\x1b[5d\r\n\x1b[?1049h\x1b[?47l\x1b[3J',
    after: '\n\n\x1b8here',
  },
  {
    title: 'a cursor saved by a soft reset above what is scrolled',
    of: { columns: 20, rows: 5 },
    before: `${'a'.repeat(200)}\x1b[!p`,
    after: '\x1b[3J\x1b8here',
  },
];
test.each(FOUND)('a late joiner has $title', async ({ of, before, after }) => {
  const original = open(of);
  const joiner = open(of);
  await original.write(before);
  await joiner.write(original.serialize());
  expect(picture(joiner)).toEqual(picture(original));
  await original.write(after);
  await joiner.write(after);
  expect(picture(joiner)).toEqual(picture(original));
});

test('a viewer of the filtered output sees what the runner sees, however the bytes were cut', async () => {
  const pieces = fc.array(fc.oneof({ weight: 3, arbitrary: anyOutput }, { weight: 1, arbitrary: anyNoise }), {
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(
      size,
      pieces,
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }),
      async (of, all, cuts) => {
        const bytes = new TextEncoder().encode(all.join(''));
        const own = open(of);
        const viewer = open(of);
        const filter = new OutputFilter();
        const whole = push(new OutputFilter(), bytes, own);
        let seen = '';
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const end = at + cuts[i % cuts.length]!;
          const filtered = push(filter, bytes.subarray(at, end), own);
          await own.write(filtered.own);
          seen += filtered.viewers;
          at = end;
        }
        expect(seen).toBe(whole.viewers);
        await viewer.write(seen);
        expect(picture(viewer)).toEqual(picture(own));
        own.dispose();
        viewer.dispose();
      },
    ),
    { numRuns: RUNS },
  );
});

/** Code points of a terminal's fullest cell. */
function fullest({ terminal }: Screen): number {
  let most = 0;
  const cell = terminal.buffer.active.getNullCell();
  for (const buffer of [terminal.buffer.normal, terminal.buffer.alternate]) {
    for (let row = 0; row < buffer.length; row++) {
      for (let column = 0; column < terminal.cols; column++) {
        const chars = buffer.getLine(row)!.getCell(column, cell)!.getChars();
        most = Math.max(most, [...chars].length);
      }
    }
  }
  return most;
}

test('S2 no cell holds more than a character and a few that join it, whatever a program writes', async () => {
  const marks = fc
    .tuple(
      fc.constantFrom('\u0301', '\u200d', '\ufe0f', '\u{e0100}', '\u1160', '\x7f'),
      fc.integer({ min: 1, max: 40 }),
    )
    .map(([mark, times]) => mark.repeat(times));
  const others = fc.constantFrom(
    'a',
    '漢',
    '漢\u0301'.repeat(30),
    '\x1b[?7l',
    '\x1b[?25;7l',
    '\x1b[?7h',
    '\x1b[!p',
    '\x1b[19G',
    '\x1b[20G',
    '\x1b[9b',
    '\b',
    '\x1b',
    '\x1b[',
    '\x1b[4h',
  );
  const pieces = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: marks },
      { weight: 3, arbitrary: others },
      { weight: 1, arbitrary: anyOutput },
      { weight: 1, arbitrary: anyNoise },
    ),
    { maxLength: 80 },
  );
  await fc.assert(
    fc.asyncProperty(size, pieces, fc.integer({ min: 1, max: 50 }), async (of, all, cut) => {
      const bytes = new TextEncoder().encode(all.join(''));
      const screen = open(of);
      const filter = new OutputFilter();
      for (let at = 0; at < bytes.length; at += cut) {
        await screen.write(push(filter, bytes.subarray(at, at + cut), screen).own);
      }
      expect(fullest(screen)).toBeLessThanOrEqual(1 + JOINED_MOST);
      screen.dispose();
    }),
    { numRuns: RUNS },
  );
});
