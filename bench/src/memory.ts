/** Memory of the product at rest and of its idle sandboxes, as the kernel shares it out (proportional set size). */
import { readdirSync, readFileSync } from 'node:fs';
import type { Product } from '../../e2e/src/product.ts';
import type { Report } from './report.ts';

/** How long nothing happens before it is weighed. */
const REST_MILLISECONDS = 20_000;

interface Weighed {
  readonly pid: number;
  readonly command: string;
  readonly mebibytes: number;
}

/** Every process whose command line matches, with its share of memory in MiB. */
export function weigh(pattern: RegExp): Weighed[] {
  const found: Weighed[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      if (!pattern.test(command)) continue;
      const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${name}/smaps_rollup`, 'utf8'));
      found.push({ pid: Number(name), command: command.slice(0, 120), mebibytes: Number(pss?.[1] ?? 0) / 1024 });
    } catch {
      // Gone while we looked.
    }
  }
  return found;
}

const sum = (some: readonly Weighed[]) => Math.round(some.reduce((total, { mebibytes }) => total + mebibytes, 0));

/** Weighs web, runner, supervisor and Docker together, and the warm sandboxes apart. */
export async function memory(report: Report, product: Product): Promise<void> {
  await new Promise((done) => setTimeout(done, REST_MILLISECONDS));
  const own = [product.supervisor, ...product.pids('web'), ...product.pids('runner')];
  const ours = weigh(/./).filter(({ pid }) => own.includes(pid));
  const docker = weigh(/^\S*(dockerd|containerd)( |$)/);
  const shims = weigh(/containerd-shim-runsc|containerd-shim/);
  const sandboxed = weigh(/^runsc-(sandbox|gofer)|\/runsc /);
  const count = sandboxed.filter(({ command }) => command.startsWith('runsc-sandbox')).length;
  const raw = { ours, docker, shims, sandboxed };
  report.add({
    what: 'web, runner, supervisor and Docker at rest',
    value: sum(ours) + sum(docker),
    unit: 'MiB',
    aim: 'aim ≤ 450',
    raw,
  });
  const each = Math.round((sum(sandboxed) + sum(shims)) / Math.max(1, count));
  report.add({ what: `one idle sandbox with its shim (of ${count})`, value: each, unit: 'MiB', raw });
}
