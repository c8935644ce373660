import { expect, test } from 'vitest';
import { cpuFiles, parseCpu } from './cpu.ts';
import { createMeter } from './meter.ts';
import { oomFiles, parseOom } from './oom.ts';
import { isGone, ownerOf, ownerText, parseOwner } from './owner.ts';
import { encodePayload, ProgramRefused } from './payload.ts';

const LIMITS = { memoryMiB: 64, cpus: 1, processes: 8, cpuSeconds: 2, wallSeconds: 100, outputMiB: 1, diskMiB: 8 };

test('S5 an owner is gone after its end, after a reboot, and when its pid is somebody else; elsewhere nobody can say', () => {
  const self = ownerOf();
  expect(parseOwner(ownerText(self))).toEqual(self);
  expect(isGone(self)).toBe(false);
  expect(isGone({ ...self, startTime: '1' })).toBe(true);
  expect(isGone({ ...self, pid: 2 ** 22 + 1 })).toBe(true);
  expect(isGone({ ...self, boot: '00000000-0000-0000-0000-000000000000' })).toBe(true);
  expect(isGone({ ...self, namespace: '1', pid: 2 ** 22 + 1 })).toBe(false);
  for (const text of [undefined, '', 'a/b/c/d', `${ownerText(self)}/x`]) expect(parseOwner(text)).toBeUndefined();
});

test('S2 CPU seconds count since the last input, and idling does not count', () => {
  let now = 0;
  const meter = createMeter(LIMITS, () => now);
  expect(meter.tick(10)).toBeUndefined();
  now += 1000;
  expect(meter.tick(11.9)).toBeUndefined();
  now += 500;
  expect(meter.tick(12.2)).toBe('cpu');
  meter.input();
  expect(meter.tick(12.2)).toBeUndefined();
  now += 90_000;
  expect(meter.tick(12.2 + 90 * 0.03)).toBeUndefined();
});

test('S2 wall time stands still while frozen', () => {
  let now = 0;
  const meter = createMeter(LIMITS, () => now);
  now += 60_000;
  meter.pause();
  now += 1_000_000;
  meter.resume();
  now += 39_000;
  expect(meter.tick(0)).toBeUndefined();
  now += 1_000;
  expect(meter.tick(0)).toBe('wall');
});

test('S2 typing prolongs neither computing without a pause nor a life for ever', () => {
  /** Computes for `seconds`, pauses for `pause`, with a key every second; what ends it, and after how much. */
  const burn = (seconds: number, pause: number) => {
    let now = 0;
    let cpu = 0;
    const meter = createMeter({ ...LIMITS, wallSeconds: 1e6 }, () => now);
    for (let each = 0; each < 1000; each++) {
      const limit = meter.tick(cpu);
      if (limit) return { limit, cpu };
      meter.input();
      now += 1000;
      if (each % (seconds + pause) < seconds) cpu += 1;
    }
    return undefined;
  };
  // 6 and 60 times two seconds, and what an idle sandbox may take besides.
  expect(burn(1, 0)).toEqual({ limit: 'stretch', cpu: 13 });
  expect(burn(5, 1)).toEqual({ limit: 'life', cpu: 128 });
});

test('S2 wall time counts since the last input, and a sandbox grows no older than its bound', () => {
  let now = 0;
  const meter = createMeter(LIMITS, () => now);
  const waits = () => {
    for (;;) {
      now += 90_000;
      const limit = meter.tick(0);
      if (limit) return { limit, now };
      meter.input();
    }
  };
  expect(waits()).toEqual({ limit: 'age', now: 2_430_000 });
  const idle = createMeter(LIMITS, () => now);
  now += 100_000;
  expect(idle.tick(0)).toBe('wall');
});

test('S2 output counts since the last input, to the byte', () => {
  const meter = createMeter(LIMITS, () => 0);
  expect(meter.output(1024 * 1024 - 10)).toBe(1024 * 1024 - 10);
  expect(meter.output(20)).toBe(10);
  meter.input();
  expect(meter.output(20)).toBe(20);
});

test('CPU time is found in either version of control groups', () => {
  expect(cpuFiles('4:cpu,cpuacct:/docker/x\n0::/\n', '/c').map((each) => each.path)).toEqual([
    '/c/cpu,cpuacct/docker/x/cpuacct.usage',
    '/c/cpuacct/docker/x/cpuacct.usage',
    '/c/cpu.stat',
    '/c/unified/cpu.stat',
  ]);
  expect(parseCpu('2500000000\n', 1)).toBe(2.5);
  expect(parseCpu('usage_usec 2500000\nuser_usec 1\n', 2)).toBe(2.5);
});

test('S2 what was killed for want of memory is found in either version of control groups', () => {
  expect(oomFiles('4:memory:/docker/x\n0::/y\n', '/c')).toEqual([
    '/c/memory/docker/x/memory.oom_control',
    '/c/y/memory.events',
  ]);
  expect(parseOom('oom_kill_disable 0\nunder_oom 0\noom_kill 1\n')).toBe(true);
  expect(parseOom('low 0\nhigh 0\nmax 3\noom 1\noom_kill 0\n')).toBe(false);
});

test('the payload carries its length, and refuses what no sandbox takes', () => {
  const program = { files: [{ name: 'main.x', text: 'é\n' }], entry: 'main.x', columns: 80, rows: 24 };
  expect(encodePayload('n', program).toString()).toBe('49\nnonce n\nsize 80 24\nentry main.x\nfile 3 main.x\né\n');
  expect(() => encodePayload('n', { ...program, entry: 'other' })).toThrow(ProgramRefused);
  expect(() => encodePayload('n', { ...program, files: [{ name: 'main.x', text: 'x'.repeat(5e6) }] })).toThrow(
    'too large',
  );
});
