/** A lock for the whole machine: two installations never build the same image at once. */
import { spawn } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Milliseconds after which a wait for the lock is worth a word. */
const QUIET_MILLISECONDS = 300;
/** Whoever can open a lock can hold it for ever: nobody but its owner may. */
const PRIVATE = 0o600;

/**
 * Waits for a file's lock. A child holds it with flock(1) for as long as its stdin is open: so it goes with this
 * process, however that ends.
 * @param waiting called once where somebody else holds it
 * @param signal ends the wait
 * @returns gives it back
 */
export async function lockFile(file: string, waiting: () => void, signal?: AbortSignal): Promise<() => Promise<void>> {
  await mkdir(dirname(file), { recursive: true });
  const made = await open(file, 'a', PRIVATE);
  try {
    // One that an umask or an earlier version left open to others.
    await made.chmod(PRIVATE);
  } finally {
    await made.close();
  }
  const child = spawn('flock', ['--exclusive', '--no-fork', file, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const giveUp = () => child.kill();
  signal?.addEventListener('abort', giveUp);
  const timer = setTimeout(waiting, QUIET_MILLISECONDS);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('error', reject);
      child.once('close', () => reject(new Error(`cannot lock ${file}`)));
    });
  } finally {
    clearTimeout(timer);
    // Once held it is given back in order, by whoever took it.
    signal?.removeEventListener('abort', giveUp);
  }
  child.unref();
  return async () => {
    child.ref();
    child.stdin.end();
    await closed;
  };
}
