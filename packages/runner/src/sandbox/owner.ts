/** Who started a sandbox: enough to tell later, from the same machine, whether that process still lives. */
import { readFileSync, readlinkSync } from 'node:fs';

/** Identity of a process: unique over reboots, containers and reused process ids. */
export interface Owner {
  /** The kernel's boot id. */
  readonly boot: string;
  /** Inode of the process id namespace; a pid means nothing in another one. */
  readonly namespace: string;
  readonly pid: number;
  /** Clock ticks after boot at which the process started. */
  readonly startTime: string;
}

const PATTERN = /^([0-9a-f-]{36})\/(\d+)\/(\d+)\/(\d+)$/;
/** Field of /proc/<pid>/stat after the program's name, counted from its state: `starttime` of proc(5). */
const START_TIME_FIELD = 19;

function startTime(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended.
    return fields[0] === 'Z' ? undefined : fields[START_TIME_FIELD];
  } catch {
    return undefined;
  }
}

/** This process, or another one of this machine. */
export function ownerOf(pid: number = process.pid): Owner {
  return {
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    namespace: /\[(\d+)\]/.exec(readlinkSync('/proc/self/ns/pid'))?.[1] ?? '',
    pid,
    startTime: startTime(pid) ?? '0',
  };
}

/** As a label's value. */
export function ownerText(owner: Owner): string {
  return `${owner.boot}/${owner.namespace}/${owner.pid}/${owner.startTime}`;
}

/** Reads a label's value. */
export function parseOwner(text: string | undefined): Owner | undefined {
  const match = PATTERN.exec(text ?? '');
  return match ? { boot: match[1]!, namespace: match[2]!, pid: Number(match[3]), startTime: match[4]! } : undefined;
}

/**
 * Whether the owner is certainly gone. After a reboot everyone is; in another process id namespace nobody can
 * be judged from here, so nobody is.
 */
export function isGone(owner: Owner, self: Owner = ownerOf()): boolean {
  if (owner.boot !== self.boot) return true;
  if (owner.namespace !== self.namespace) return false;
  return startTime(owner.pid) !== owner.startTime;
}
