import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@codeconnected/core/clock.ts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { backoff, FIRST_WAIT_MILLISECONDS, HEALTHY_MILLISECONDS, LONGEST_WAIT_MILLISECONDS } from './backoff.ts';
import { STOP_MILLISECONDS, type SupervisedChild, superviseChild } from './child.ts';

/** A clock that stands until it is turned. */
function fakeClock(): Clock & { turn(ms: number): void; waits(): number[] } {
  let at = 0;
  let timers: { at: number; callback: () => void }[] = [];
  return {
    now: () => at,
    monotonic: () => at,
    after(ms, callback) {
      const timer = { at: at + ms, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    turn(ms) {
      at += ms;
      const due = timers.filter((each) => each.at <= at);
      timers = timers.filter((each) => each.at > at);
      for (const each of due) each.callback();
    },
    waits: () => timers.map((each) => each.at - at),
  };
}

let folder: string;
let child: SupervisedChild | undefined;
let clock: ReturnType<typeof fakeClock>;
const said: string[] = [];

/** Supervises a script of this Node. */
function supervise(code: string): SupervisedChild {
  const script = join(folder, 'child.mjs');
  writeFileSync(script, code);
  const plan = { name: 'web', file: process.execPath, args: [script], cwd: folder, env: { OUT: join(folder, 'out') } };
  child = superviseChild(plan, { say: (line) => said.push(line) }, clock);
  return child;
}
const output = () => {
  try {
    return readFileSync(join(folder, 'out'), 'utf8');
  } catch {
    return '';
  }
};
const LIVES = `
import { appendFileSync } from 'node:fs';
appendFileSync(process.env.OUT, 'up ');
process.on('SIGTERM', () => { appendFileSync(process.env.OUT, 'asked '); process.exit(0); });
process.on('disconnect', () => process.exit(0));
setInterval(() => {}, 1000);
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'child-'));
  clock = fakeClock();
  said.length = 0;
});
afterEach(async () => {
  if (child?.pid) process.kill(child.pid, 'SIGKILL');
  await child?.stop();
  child = undefined;
  rmSync(folder, { recursive: true });
});

test('waits double from the first to the longest', () => {
  expect([1, 2, 3, 4].map(backoff)).toEqual([1, 2, 4, 8].map((factor) => factor * FIRST_WAIT_MILLISECONDS));
  expect(backoff(50)).toBe(LONGEST_WAIT_MILLISECONDS);
});

test('S5 a child that is killed with -9 is started again after the first wait, and it is said', async () => {
  const supervised = supervise(LIVES);
  supervised.start();
  await vi.waitFor(() => expect(output()).toBe('up '));
  process.kill(supervised.pid!, 'SIGKILL');
  await vi.waitFor(() => expect(clock.waits()).toEqual([FIRST_WAIT_MILLISECONDS]));
  expect(said).toEqual([`web ended (SIGKILL); started again in ${FIRST_WAIT_MILLISECONDS} ms`]);
  clock.turn(FIRST_WAIT_MILLISECONDS);
  await vi.waitFor(() => expect(output()).toBe('up up '));
  expect(supervised.starts).toBe(2);
});

test('a child that keeps dying is tried ever more rarely; a healthy life starts the waits anew', async () => {
  const supervised = supervise('process.exit(7)');
  supervised.start();
  for (const deaths of [1, 2, 3]) {
    await vi.waitFor(() => expect(clock.waits()).toEqual([backoff(deaths)]));
    clock.turn(backoff(deaths));
  }
  await vi.waitFor(() => expect(clock.waits()).toEqual([backoff(4)]));
  expect(supervised.deaths).toEqual(Array(4).fill('exit code 7'));
  writeFileSync(join(folder, 'child.mjs'), LIVES);
  clock.turn(backoff(4));
  await vi.waitFor(() => expect(output()).toBe('up '));
  clock.turn(HEALTHY_MILLISECONDS);
  process.kill(supervised.pid!, 'SIGKILL');
  await vi.waitFor(() => expect(clock.waits()).toEqual([FIRST_WAIT_MILLISECONDS]));
});

test('a program that is not there is tried again like one that died', async () => {
  const plan = { name: 'web', file: '/nowhere/node', args: [], cwd: '/', env: {} };
  child = superviseChild(plan, { say: (line) => said.push(line) }, clock);
  child.start();
  await vi.waitFor(() => expect(clock.waits()).toEqual([FIRST_WAIT_MILLISECONDS]));
});

test('stop asks with SIGTERM and is final', async () => {
  const supervised = supervise(LIVES);
  supervised.start();
  await vi.waitFor(() => expect(output()).toBe('up '));
  expect(await supervised.stop()).toBe(true);
  expect(output()).toBe('up asked ');
  expect(supervised.pid).toBeUndefined();
  expect(clock.waits()).toEqual([]);
  supervised.start();
  expect(supervised.pid).toBeUndefined();
});

test('stop during a wait cancels the next start', async () => {
  const supervised = supervise('process.exit(1)');
  supervised.start();
  await vi.waitFor(() => expect(clock.waits()).toHaveLength(1));
  await supervised.stop();
  expect(clock.waits()).toEqual([]);
});

test('a child that does not listen is killed after its time', async () => {
  const supervised = supervise(LIVES.replace('process.exit(0); });', '});'));
  supervised.start();
  await vi.waitFor(() => expect(output()).toBe('up '));
  const stopped = supervised.stop();
  await vi.waitFor(() => expect(output()).toBe('up asked '));
  clock.turn(STOP_MILLISECONDS);
  expect(await stopped).toBe(false);
  expect(supervised.pid).toBeUndefined();
});
