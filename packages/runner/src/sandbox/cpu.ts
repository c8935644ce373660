/** CPU time that a container has used, read from its control group. */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';

/** @returns CPU seconds used so far */
export type CpuReader = () => Promise<number>;

/** Where control groups are seen. */
export const CGROUPS = '/sys/fs/cgroup';
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

/** The files that may hold it, most likely first, from the lines of /proc/<pid>/cgroup. */
export function cpuFiles(groups: string, root = CGROUPS): { readonly path: string; readonly version: 1 | 2 }[] {
  const files: { path: string; version: 1 | 2 }[] = [];
  for (const line of groups.trim().split('\n')) {
    const [, controllers = '', ...rest] = line.split(':');
    const path = rest.join(':');
    if (controllers === '') {
      files.push({ path: join(root, path, 'cpu.stat'), version: 2 });
      files.push({ path: join(root, 'unified', path, 'cpu.stat'), version: 2 });
    } else if (controllers.split(',').includes('cpuacct')) {
      files.unshift({ path: join(root, 'cpuacct', path, 'cpuacct.usage'), version: 1 });
      files.unshift({ path: join(root, 'cpu,cpuacct', path, 'cpuacct.usage'), version: 1 });
    }
  }
  return files;
}

/** Reads one of these files' content. */
export function parseCpu(text: string, version: 1 | 2): number {
  if (version === 1) return Number(text) / NANOSECONDS;
  return Number(/^usage_usec (\d+)/m.exec(text)?.[1] ?? 0) / MICROSECONDS;
}

/**
 * Finds a running container's meter. Where its group cannot be seen from here (another machine's Docker), Docker
 * is asked, which is slower.
 */
export async function openCpuReader(container: Docker.Container, pid: number): Promise<CpuReader> {
  const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  for (const { path, version } of cpuFiles(groups)) {
    if (!path.includes(container.id)) continue;
    const readable = await access(path).then(
      () => true,
      () => false,
    );
    if (readable) return async () => parseCpu(await readFile(path, 'utf8'), version);
  }
  return async () => {
    const stats = await container.stats({ stream: false, 'one-shot': true });
    return stats.cpu_stats.cpu_usage.total_usage / NANOSECONDS;
  };
}
