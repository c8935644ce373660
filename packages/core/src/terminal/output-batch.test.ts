import { expect, test } from 'vitest';
import { HandClock } from '../room/memory/hand-clock.ts';
import { FLOOD_CHARACTERS, FLOOD_MILLISECONDS, FLUSH_MILLISECONDS, OUTPUT_FRAME_CHARACTERS } from './limits.ts';
import { OutputBatch } from './output-batch.ts';

function open() {
  const clock = new HandClock();
  const handed: [number, string][] = [];
  const batch = new OutputBatch(clock, (n, text) => handed.push([n, text]));
  return { clock, handed, batch };
}

test('the first output after a pause goes at once, what follows is coalesced', async () => {
  const { clock, handed, batch } = open();
  batch.append('a');
  batch.append('b');
  batch.append('c');
  expect(handed).toEqual([[1, 'a']]);
  await clock.advance(FLUSH_MILLISECONDS);
  expect(handed).toEqual([
    [1, 'a'],
    [2, 'bc'],
  ]);
  await clock.advance(FLUSH_MILLISECONDS);
  batch.append('d');
  expect(handed.at(-1)).toEqual([3, 'd']);
});

test('a piece is bounded and tears no pair of surrogates', () => {
  const { handed, batch } = open();
  const text = `x${'👍'.repeat(OUTPUT_FRAME_CHARACTERS)}`;
  batch.append(text);
  batch.flush();
  expect(handed.map(([, piece]) => piece).join('')).toBe(text);
  for (const [, piece] of handed) {
    expect(piece.length).toBeLessThanOrEqual(OUTPUT_FRAME_CHARACTERS);
    expect(piece.isWellFormed()).toBe(true);
  }
});

test('a number that is taken comes after all that waits', () => {
  const { handed, batch } = open();
  batch.append('a');
  batch.append('b');
  expect(batch.take()).toBe(3);
  expect(handed.at(-1)).toEqual([2, 'b']);
  expect(batch.number).toBe(3);
});

test('a closed batch hands out nothing more', async () => {
  const { clock, handed, batch } = open();
  batch.append('a');
  batch.append('b');
  batch.close();
  await clock.advance(1000);
  expect(handed.length).toBe(1);
});

test('a flood is slowed to what pages can draw, and arrives whole and in order', async () => {
  const { clock, handed, batch } = open();
  const chunk = 32 * 1024;
  const chunks = Array.from({ length: 32 }, (_, index) => String.fromCodePoint(0x41 + index).repeat(chunk));
  const writing = (async () => {
    for (const each of chunks) {
      batch.append(each);
      await batch.room();
    }
  })();
  let before = 0;
  let spans = 0;
  for (; before < chunk * chunks.length; spans++) {
    await clock.advance(FLOOD_MILLISECONDS);
    const sum = handed.reduce((total, [, text]) => total + text.length, 0);
    expect(sum - before).toBeLessThanOrEqual(FLOOD_CHARACTERS + chunk);
    before = sum;
  }
  await writing;
  expect(spans).toBeGreaterThanOrEqual((chunk * chunks.length) / FLOOD_CHARACTERS - 1);
  expect(handed.map(([, text]) => text).join('')).toBe(chunks.join(''));
});

test('S2 output that takes long to parse counts as more than its characters', async () => {
  const { clock, batch } = open();
  let appended = 0;
  const writing = (async () => {
    for (; appended < 20; appended++) {
      batch.append('x', FLOOD_CHARACTERS);
      await batch.room();
    }
  })();
  await clock.advance(10 * FLOOD_MILLISECONDS);
  expect(appended).toBeGreaterThanOrEqual(9);
  expect(appended).toBeLessThanOrEqual(11);
  await clock.advance(10 * FLOOD_MILLISECONDS);
  await writing;
});

test('output that shows nothing is counted all the same', async () => {
  const { clock, handed, batch } = open();
  batch.append('', FLOOD_CHARACTERS);
  let free = false;
  void batch.room().then(() => {
    free = true;
  });
  await clock.advance(FLOOD_MILLISECONDS - 1);
  expect(free).toBe(false);
  await clock.advance(1);
  expect(free).toBe(true);
  expect(handed).toEqual([]);
});

test('whoever waits to append to a batch that is closed waits no longer', async () => {
  const { batch } = open();
  batch.append('x'.repeat(FLOOD_CHARACTERS));
  const waiting = batch.room();
  batch.close();
  await waiting;
});
