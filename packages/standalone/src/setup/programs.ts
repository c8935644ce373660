/** Where the machine's own programs are found. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Debian keeps daemons in sbin, which is not on everybody's path. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];

/** The caller's path with the system's folders behind. */
export function programPath(path = process.env.PATH ?? ''): string {
  return [...path.split(':').filter(Boolean), ...SYSTEM_FOLDERS].join(':');
}

/** Whether a program is there, from whichever package. */
export function hasProgram(name: string, path = programPath()): boolean {
  return path.split(':').some((folder) => existsSync(join(folder, name)));
}
