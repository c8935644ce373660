import { OutputFilter } from '@codeconnected/core/terminal/output-filter.ts';
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
