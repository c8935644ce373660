/** Rule P1: what each role may send. */
import type { Role } from './connections.ts';
import type { ClientFrame } from './frames.ts';

/** Owners and editors write and run, writers write, viewers look on. */
export function mayEdit(role: Role): boolean {
  return role !== 'viewer';
}

/** Run, Stop, input and Reset are one permission. */
export function mayRun(role: Role): boolean {
  return role === 'owner' || role === 'editor';
}

/** Whether a role may send a frame of this kind. */
export function maySend(role: Role, kind: ClientFrame['t']): boolean {
  switch (kind) {
    case 'edit':
    case 'language':
      return mayEdit(role);
    case 'run':
    case 'stop':
    case 'interrupt':
    case 'reset':
    case 'clear':
    case 'input':
      return mayRun(role);
    case 'join':
    case 'part':
    case 'cursor':
    case 'vector':
    case 'name':
    case 'ping':
    case 'watch':
      return true;
  }
}
