import { Duplex } from 'node:stream';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import { HandClock } from '@codeconnected/core/room/memory/hand-clock.ts';
import type Docker from 'dockerode';
import { expect, test } from 'vitest';
import { DockerSandbox } from './docker-sandbox.ts';
import { READY } from './payload.ts';

const LIMITS = { memoryMiB: 64, cpus: 1, processes: 8, cpuSeconds: 20, wallSeconds: 100, outputMiB: 1, diskMiB: 8 };

/** A claimed sandbox of a Docker that does all at once, and counts how often CPU time is asked for. */
async function open(heard: (text: string, stream: Duplex) => void = () => {}, greeting = READY) {
  const clock = new HandClock();
  const cpu = { reads: 0, nanosecondsPerRead: 0 };
  const stream: Duplex = new Duplex({
    read() {},
    write: (chunk, _encoding, done) => done(void heard(String(chunk), stream)),
  });
  const container = {
    id: '0123456789abcdef',
    attach: async () => stream,
    start: async () => void stream.push(greeting),
    inspect: async () => ({ State: { Pid: -1 } }),
    resize: async () => {},
    pause: async () => {},
    unpause: async () => {},
    wait: () => new Promise(() => {}),
    kill: async () => {},
    remove: async () => {},
    stats: async () => {
      cpu.reads += 1;
      return { cpu_stats: { cpu_usage: { total_usage: cpu.reads * cpu.nanosecondsPerRead } } };
    },
  };
  const sandbox = await DockerSandbox.warm({
    docker: { createContainer: async () => container } as unknown as Docker,
    remover: { remove: async () => {}, close: () => {} },
    clock,
    language: 'x' as LanguageId,
    wish: { image: 'x', boot: ['x'], environment: {}, limits: LIMITS, runtime: 'x', uid: 1000, labels: {} },
  });
  sandbox.claim();
  await clock.advance(3_000);
  return { clock, cpu, sandbox, container };
}

test('what a boot program asks of its terminal before it is ready is answered', async () => {
  const written: string[] = [];
  await open((text, stream) => {
    written.push(text);
    stream.push(READY);
  }, 'hm \x1b[6n');
  expect(written).toEqual(['\x1b[1;4R']);
});

test('a frozen sandbox is not measured, and is again once it thaws', async () => {
  const { clock, cpu, sandbox } = await open();
  const each = cpu.reads;
  expect(each).toBeGreaterThan(0);
  await sandbox.pause();
  expect(clock.next).toBeUndefined();
  await clock.advance(60_000);
  expect(cpu.reads).toBe(each);
  sandbox.write(new Uint8Array([97]));
  await clock.advance(3_000);
  // As often as before: one look after the other.
  expect(cpu.reads).toBe(each * 2);
  await sandbox.release();
  expect(clock.next).toBeUndefined();
});

test.each([
  [150_000_000, true],
  [5_000_000, false],
])('whether a sandbox computes is told by its CPU time: %i ns', async (nanoseconds, busy) => {
  const { clock, cpu, sandbox } = await open();
  cpu.nanosecondsPerRead = nanoseconds;
  await clock.advance(0);
  const told = sandbox.busy();
  await clock.advance(200);
  expect(await told).toBe(busy);
});
