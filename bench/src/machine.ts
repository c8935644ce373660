/** What the numbers were measured on. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import Docker from 'dockerode';

/** Load for each core beyond which something else is at work; the set-up itself leaves a little. */
const BUSY_LOAD = 0.5;

function said(file: string, ...args: string[]): string {
  try {
    return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

/** Commit, and whether files differ from it. */
export function commit(root: string): { commit: string; changed: boolean } {
  return {
    commit: said('git', '-C', root, 'rev-parse', 'HEAD'),
    changed: said('git', '-C', root, 'status', '--porcelain', '--untracked-files=no') !== '',
  };
}

/** Hardware and versions. */
export async function machine(socketPath: string): Promise<Record<string, unknown>> {
  const docker = await new Docker({ socketPath }).version();
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model,
    memoryMB: Math.round(totalmem() / 1e6),
    system,
    kernel: release(),
    node: process.version,
    docker: docker.Version,
    runsc: said('runsc', '--version').split('\n')[0],
    chromium: said(process.env.CHROMIUM ?? '/usr/bin/chromium', '--version'),
  };
}

/** Load over a minute, for each core. */
export function loadPerCore(): number {
  return Math.round((loadavg()[0]! / cpus().length) * 100) / 100;
}

/** A warning where something else is at work. */
export function busyWarning(load: number): string | undefined {
  return load > BUSY_LOAD ? `This machine is busy (load ${load} for each core): the numbers say little.` : undefined;
}
