import type { ServerFrame } from '@codeconnected/core/room/frames.ts';
import type { ConnectionId } from '@codeconnected/core/room/ids.ts';
import { HandClock } from '@codeconnected/core/room/memory/hand-clock.ts';
import { FLOOD_CHARACTERS, FLOOD_MILLISECONDS } from '@codeconnected/core/terminal/limits.ts';
import { LEFT_OUT_NOTE } from '@codeconnected/core/terminal/notes.ts';
import { expect, test } from 'vitest';
import { Display } from './display.ts';

const SIZE = { columns: 80, rows: 24 };
const CELLS = SIZE.columns * SIZE.rows;
const RESET = '\x1bc';
/** As many resets as fit in one read of a pipe. */
const FLOOD = new TextEncoder().encode(RESET.repeat(32 * 1024));
const noAnswer = () => undefined;

async function open(clock: HandClock) {
  const frames: ServerFrame[] = [];
  const poster = {
    post: (_to: readonly ConnectionId[], text: string) => void frames.push(JSON.parse(text)),
    drained: () => Promise.resolve(),
  };
  const display = new Display(poster, clock, SIZE);
  display.begin(1);
  await display.watch('viewer/1' as ConnectionId);
  const seen = () => frames.map((frame) => (frame.t === 'output' ? frame.d : '')).join('');
  const resets = () => seen().split(RESET).length - 1;
  return { display, frames, seen, resets };
}

/** Lets the event loop turn until it is so; fails after so many turns. */
async function within(turns: number, so: () => boolean): Promise<void> {
  for (let turn = 0; !so(); turn++) {
    if (turn === turns) throw new Error(`not within ${turns} turns`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('S2 floods of resets in ten rooms leave a prompt in another room quick', async () => {
  const clock = new HandClock();
  const hostile = await Promise.all(Array.from({ length: 10 }, () => open(clock)));
  const honest = await open(clock);
  for (const { display } of hostile) void display.output(FLOOD, noAnswer);
  await within(10, () => hostile.every(({ resets }) => resets() > 0));
  for (let i = 0; i < 10; i++) {
    await clock.advance(FLOOD_MILLISECONDS);
    void honest.display.output(new TextEncoder().encode(`>>> ${i} `), noAnswer);
    await within(2, () => honest.seen().includes(`>>> ${i} `));
  }
  for (const { display } of [...hostile, honest]) display.close();
});

test('S2 a flood of resets is parsed no faster than its share', async () => {
  const clock = new HandClock();
  const { display, resets } = await open(clock);
  void display.output(FLOOD, noAnswer);
  const spans = 20;
  await clock.advance(spans * FLOOD_MILLISECONDS);
  expect(resets()).toBeGreaterThan(spans);
  expect(resets()).toBeLessThan(((spans + 3) * FLOOD_CHARACTERS) / CELLS);
  display.close();
});

test('S2 what takes longer than it was thought to is parsed no faster than its share either', async () => {
  /** Each look at this clock finds it 1 ms later. */
  class Slow extends HandClock {
    #looks = 0;
    override monotonic() {
      this.#looks += 1;
      return super.monotonic() + this.#looks;
    }
  }
  const { display, seen } = await open(new Slow());
  const flood = '\x1b[m'.repeat(20 * 1024);
  void display.output(new TextEncoder().encode(flood), noAnswer);
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(seen().length).toBeLessThan(flood.length / 2);
  display.close();
});

test('whoever comes during a flood has the screen before it ends', async () => {
  const { display, frames } = await open(new HandClock());
  void display.output(FLOOD, noAnswer);
  const screens = () => frames.filter(({ t }) => t === 'screen').length;
  expect(screens()).toBe(1);
  void display.watch('viewer/2' as ConnectionId);
  await within(10, () => screens() === 2);
  display.close();
});

test('S2 the next program waits for little of the flood of the one before, and says that it left some out', async () => {
  const clock = new HandClock();
  const { display, seen } = await open(clock);
  const flooding = display.output(FLOOD, noAnswer);
  let swapped = false;
  void display.swap(['next']).then(() => {
    swapped = true;
  });
  await within(200, () => swapped);
  await clock.advance(100 * FLOOD_MILLISECONDS);
  await flooding;
  expect(seen()).toContain(LEFT_OUT_NOTE);
  void display.output(new TextEncoder().encode('prompt'), noAnswer);
  await clock.advance(100 * FLOOD_MILLISECONDS);
  expect(seen()).toMatch(/next.*prompt$/s);
  display.close();
});

test('what an honest program wrote last is shown before the next one', async () => {
  const clock = new HandClock();
  const { display, seen } = await open(clock);
  const last = `${'\x1b[H\x1b[2Ja frame\r\n'.repeat(200)}the end`;
  void display.output(new TextEncoder().encode(last), noAnswer);
  await display.swap(['next']);
  await clock.advance(FLOOD_MILLISECONDS);
  expect(seen()).toMatch(/the end.*next/s);
  expect(seen()).not.toContain(LEFT_OUT_NOTE);
  display.close();
});
