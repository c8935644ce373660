/**
 * Whether the kernel has killed something in a container for want of memory, read from its control group. Docker tells
 * only of the end of the whole container: gVisor may lose one of its helpers and then stand still for ever.
 */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CGROUPS } from './cpu.ts';

/** @returns whether anything was killed so far; false where that cannot be seen */
export type OomReader = () => Promise<boolean>;

/** The files that may tell, in either version of control groups, from the lines of /proc/<pid>/cgroup. */
export function oomFiles(groups: string, root = CGROUPS): string[] {
  const files: string[] = [];
  for (const line of groups.trim().split('\n')) {
    const [, controllers = '', ...rest] = line.split(':');
    const path = rest.join(':');
    if (controllers === '') files.push(join(root, path, 'memory.events'));
    else if (controllers.split(',').includes('memory')) files.push(join(root, 'memory', path, 'memory.oom_control'));
  }
  return files;
}

/** Reads one of these files' content. */
export function parseOom(text: string): boolean {
  return Number(/^oom_kill (\d+)/m.exec(text)?.[1] ?? 0) > 0;
}

/** Finds a running container's file. @param id the container's */
export async function openOomReader(id: string, pid: number): Promise<OomReader> {
  const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  for (const path of oomFiles(groups)) {
    if (!path.includes(id)) continue;
    const readable = await access(path).then(
      () => true,
      () => false,
    );
    if (readable) {
      return () => readFile(path, 'utf8').then(parseOom, () => false);
    }
  }
  return async () => false;
}
