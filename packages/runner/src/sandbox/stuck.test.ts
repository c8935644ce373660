import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@codeconnected/core/clock.ts';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import type Docker from 'dockerode';
import { expect, test } from 'vitest';
import { DockerSandbox, GONE_MILLISECONDS, WARM_MILLISECONDS } from './docker-sandbox.ts';
import { READY } from './payload.ts';
import { createRemover, type Remover } from './remove.ts';

const LIMITS = { memoryMiB: 64, cpus: 1, processes: 8, cpuSeconds: 2, wallSeconds: 100, outputMiB: 1, diskMiB: 8 };

/** A clock that goes on by steps, with time for what each step sets off. */
function makeClock() {
  let now = 0;
  const timers = new Set<{ at: number; call: () => void }>();
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    after(ms, call) {
      const timer = { at: now + ms, call };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  const pass = async (ms: number) => {
    for (const until = now + ms; now < until; ) {
      now += 100;
      for (const timer of [...timers]) {
        if (timer.at <= now && timers.delete(timer)) timer.call();
      }
      await setImmediate();
    }
  };
  return { clock, pass };
}

/** A Docker that does all at once, except what a test says; `asked` has what was asked for. */
function makeDocker(
  answers: Partial<Record<'create' | 'attach' | 'start' | 'pause' | 'stats' | 'remove', () => Promise<unknown>>>,
) {
  const asked: string[] = [];
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const never = new Promise<never>(() => {});
  const simple = (name: string) => async () => void asked.push(name);
  const container = {
    id: '0123456789abcdef',
    attach: answers.attach ?? (async () => stream),
    start: answers.start ?? (async () => void stream.push(READY)),
    inspect: async () => ({ State: { Pid: -1 } }),
    resize: simple('resize'),
    pause: answers.pause ?? simple('pause'),
    unpause: simple('unpause'),
    wait: () => never,
    kill: async (options: { signal: string }) => void asked.push(options.signal),
    stats: answers.stats ?? (async () => ({ cpu_stats: { cpu_usage: { total_usage: 0 } } })),
    remove: async () => {
      asked.push('remove');
      await answers.remove?.();
    },
  };
  const docker = { createContainer: async () => (await answers.create?.()) ?? container };
  return { asked, stream, docker: docker as unknown as Docker, container: container as unknown as Docker.Container };
}

async function claimed(docker: Docker, clock: Clock, remover: Remover) {
  const wish = { image: 'x', boot: ['x'], environment: {}, limits: LIMITS, runtime: 'x', uid: 1000, labels: {} };
  return (await DockerSandbox.warm({ docker, remover, clock, language: 'x' as LanguageId, wish })).claim();
}

const never = () => new Promise<never>(() => {});

test.each([
  ['fails', () => Promise.reject(new Error('no'))],
  ['hangs', never],
])('S2 a sandbox whose CPU reading %s is ended as lost, its wall time being looked at meanwhile', async (_, stats) => {
  for (const wallSeconds of [1, 1000]) {
    const { clock, pass } = makeClock();
    const { docker } = makeDocker({ stats });
    const wish = { image: 'x', boot: ['x'], environment: {}, runtime: 'x', uid: 1000, labels: {} };
    const parts = { docker, remover: createRemover({ clock }), clock, language: 'x' as LanguageId };
    const sandbox = await DockerSandbox.warm({ ...parts, wish: { ...wish, limits: { ...LIMITS, wallSeconds } } });
    sandbox.claim();
    await pass(60_000);
    const end = wallSeconds === 1 ? { kind: 'limit', limit: 'wall' } : { kind: 'lost' };
    expect(sandbox.state).toMatchObject({ kind: 'ended', end });
  }
});

test.each(['attach', 'start', 'pause'] as const)(
  'S5 a sandbox whose %s hangs is given up, and removed',
  async (step) => {
    const { clock, pass } = makeClock();
    const { docker, asked } = makeDocker({ [step]: never });
    const refused = expect(claimed(docker, clock, createRemover({ clock }))).rejects.toThrow('in time');
    await pass(WARM_MILLISECONDS);
    await refused;
    expect(asked).toContain('remove');
  },
);

test('S5 a container that Docker makes too late is removed', async () => {
  const { clock, pass } = makeClock();
  let make = () => {};
  const made = new Promise<void>((resolve) => {
    make = resolve;
  });
  const { docker, asked } = makeDocker({ create: () => made });
  const refused = expect(claimed(docker, clock, createRemover({ clock }))).rejects.toThrow('in time');
  await pass(WARM_MILLISECONDS);
  await refused;
  make();
  await pass(1_000);
  expect(asked).toContain('remove');
});

test('S2 what is over its limit is killed at once, however long its removal waits', async () => {
  const { clock, pass } = makeClock();
  const { docker, asked } = makeDocker({ remove: never });
  const sandbox = await claimed(docker, clock, { remove: never, close() {} });
  await pass(LIMITS.wallSeconds * 1000 + 1000);
  expect(sandbox.state).toMatchObject({ end: { limit: 'wall' } });
  expect(asked).toContain('SIGKILL');
  const released = sandbox.release();
  await pass(GONE_MILLISECONDS);
  await released;
});

test.each([
  ['shows no effect', '', 1],
  ['was seen by its terminal', '^C\r\n', 0],
])('a Ctrl-C that %s is given as a signal only where it must be', async (_, echo, signals) => {
  const { clock, pass } = makeClock();
  const { docker, asked, stream } = makeDocker({});
  const sandbox = await claimed(docker, clock, createRemover({ clock }));
  sandbox.listen(() => {});
  sandbox.interrupt();
  if (echo) stream.push(echo);
  await pass(1_000);
  expect(asked.filter((each) => each === 'SIGINT')).toHaveLength(signals);
  await sandbox.release();
});

test('input that waits for a program beyond its bound is refused, and said to be', async () => {
  const { clock } = makeClock();
  const { docker, stream } = makeDocker({});
  stream._write = () => {};
  const sandbox = await claimed(docker, clock, createRemover({ clock }));
  const lines = Array.from({ length: 80 }, () => sandbox.write(new Uint8Array(4096)));
  expect(lines.indexOf(false)).toBe(64);
  await sandbox.release();
});

test('S5 a removal that hangs gives its slot back, and is tried again until it is done', async () => {
  const { clock, pass } = makeClock();
  let works = false;
  const stuck = makeDocker({ remove: () => (works ? Promise.resolve() : never()) });
  const other = makeDocker({});
  const remover = createRemover({ clock, persistent: true });
  const stuckOnes = Array.from({ length: 4 }, (_, i) => ({ ...stuck.container, id: `${i}` }) as Docker.Container);
  const results = Promise.allSettled(stuckOnes.map((each) => remover.remove(each)));
  const behind = remover.remove(other.container);
  await pass(21_000);
  await behind;
  expect((await results).every((each) => each.status === 'rejected')).toBe(true);
  works = true;
  const before = stuck.asked.length;
  await pass(60_000);
  expect(stuck.asked.slice(before).filter((each) => each === 'remove')).toHaveLength(4);
  remover.close();
});
