/**
 * Locks between processes that the kernel lets go of when their holder dies, however it dies.
 *
 * Node has no flock(2), but such a lock belongs to the open file, not to the process: the `flock` command, handed our
 * file descriptor, takes it for us and exits.
 */
import { spawn } from 'node:child_process';
import { closeSync, fchmodSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/** Exit code of `flock -n` when somebody else holds it. */
const HELD = 75;
/** Whoever can open a lock can hold it for ever: nobody but its owner may. */
const PRIVATE = 0o600;

function flock(fd, args) {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', [...args, '3'], { stdio: ['ignore', 'ignore', 'inherit', fd] });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(true);
      else if (code === HELD) resolve(false);
      else reject(new Error(`flock ended with ${code}`));
    });
  });
}

/**
 * Takes a lock, waiting for it unless `wait` is false.
 * @param {string} path a file for this alone, which is closed to other users
 * @param {{ shared?: boolean, wait?: boolean, waiting?: () => void }} options `waiting` is called once when it is held
 * @returns {Promise<{ fd: number, release(): void } | undefined>} undefined only where `wait` is false and somebody holds it
 */
export async function lock(path, options = {}) {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, 'a', PRIVATE);
  const kind = options.shared ? '-s' : '-x';
  try {
    // One that an earlier version left open to others.
    fchmodSync(fd, PRIVATE);
    if (!(await flock(fd, [kind, '-n', '-E', String(HELD)]))) {
      if (options.wait === false) {
        closeSync(fd);
        return undefined;
      }
      options.waiting?.();
      await flock(fd, [kind]);
    }
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  let held = true;
  return {
    fd,
    release() {
      if (held) closeSync(fd);
      held = false;
    },
  };
}
