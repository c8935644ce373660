/** `npm run bench`: set-up as for the tests, then the measurements. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { complain } from '../../../../scripts/lib/progress.mjs';
import { leaveWithParent } from '../supervisor/parent.ts';
import { prepareTools } from './tools.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
/** Exit code after Ctrl-C, as shells count it. */
const INTERRUPTED = 130;

let measuring: ChildProcess | undefined;
let asked = false;

/** @returns the exit code of the measurements */
async function main(): Promise<number> {
  const tools = await prepareTools(ROOT, process.env);
  try {
    if (asked) return INTERRUPTED;
    return await new Promise<number>((done, fail) => {
      measuring = spawn(process.execPath, [join(ROOT, 'bench/src/main.ts'), ...process.argv.slice(2)], {
        cwd: ROOT,
        env: { ...process.env, ...tools.environment },
        // The channel tells it when we are killed.
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      measuring.once('error', fail);
      measuring.once('exit', (code) => done(code ?? 1));
    });
  } finally {
    await tools.release();
  }
}

/** Passes the wish to end on, and lets `main` clean up. */
function leave(): void {
  asked = true;
  measuring?.kill('SIGINT');
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);
leaveWithParent(leave);

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = complain(error, 'npm run bench');
}
process.exit();
