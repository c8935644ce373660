/** `npm run bench`: set-up as for the tests, then the measurements. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { complain } from '../../../../scripts/lib/progress.mjs';
import { leaveWithParent } from '../supervisor/parent.ts';
import { prepareTools } from './tools.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');

/** @returns the exit code of the measurements */
async function main(): Promise<number> {
  const tools = await prepareTools(ROOT, process.env);
  try {
    return await new Promise<number>((done, fail) => {
      const child = spawn(process.execPath, [join(ROOT, 'bench/src/main.ts'), ...process.argv.slice(2)], {
        cwd: ROOT,
        env: { ...process.env, ...tools.environment },
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      const leave = () => child.kill('SIGINT');
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);
      leaveWithParent(leave);
      child.once('error', fail);
      child.once('exit', (code) => done(code ?? 1));
    });
  } finally {
    await tools.release();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = complain(error, 'npm run bench');
}
process.exit();
