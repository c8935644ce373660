import { expect, test } from 'vitest';
import { containerOptions } from './container.ts';

test('S2 where cores are short, a sandbox yields to everything with the usual weight', () => {
  const limits = { memoryMiB: 64, cpus: 1, processes: 8, cpuSeconds: 2, wallSeconds: 100, outputMiB: 1, diskMiB: 8 };
  const { HostConfig } = containerOptions({
    image: 'i',
    boot: ['boot'],
    environment: {},
    limits,
    runtime: 'runsc',
    uid: 1000,
    labels: {},
  });
  expect(HostConfig?.CpuShares).toBeGreaterThanOrEqual(2);
  expect(HostConfig?.CpuShares).toBeLessThan(1024 / 4);
});
