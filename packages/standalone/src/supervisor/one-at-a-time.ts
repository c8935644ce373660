/**
 * One product per data directory. The lock is held by the supervisor and by its children, so that a start after
 * `kill -9` waits until the children have noticed and are gone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lock, lock } from '../../../../scripts/lib/lock.mjs';
import { SetupError, step } from '../../../../scripts/lib/progress.mjs';

/** Time for the children of a killed supervisor to end, milliseconds: the runner removes its containers in it. */
const LEAVE_MILLISECONDS = 40_000;
const POLL_MILLISECONDS = 100;

/** The process that a pid file names, if it still is a supervisor. */
function livingSupervisor(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('standalone/src/start.ts') ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** @throws SetupError where another supervisor lives */
function refuseSecond(pidFile: string, shown: string): void {
  const pid = livingSupervisor(pidFile);
  if (pid === undefined || pid === process.pid) return;
  throw new SetupError(`it already runs with DATA_DIR=${shown} (process ${pid})`, [
    `end that one (kill ${pid}), or start another beside it: DATA_DIR=other PORT=3001 npm start`,
  ]);
}

/** Takes the data directory for this process and what it starts. */
export async function holdData(folder: string, shown: string): Promise<Lock> {
  const path = join(folder, 'lock');
  const pidFile = join(folder, 'supervisor.pid');
  let held = await lock(path, { wait: false });
  if (!held) {
    refuseSecond(pidFile, shown);
    await step('waiting for the last start to end', async () => {
      const start = performance.now();
      while (!held) {
        if (performance.now() - start > LEAVE_MILLISECONDS) {
          throw new SetupError(`DATA_DIR=${shown} is still held by processes of an earlier start`, [
            `see which: fuser -v ${path}`,
          ]);
        }
        await new Promise((again) => setTimeout(again, POLL_MILLISECONDS));
        held = await lock(path, { wait: false });
        // One that began at the same moment names itself only after it has the lock.
        if (!held) refuseSecond(pidFile, shown);
      }
    });
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  return held as Lock;
}
