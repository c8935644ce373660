/** `npm start`: set-up, then the web process and the runner under a supervisor. */
import { complain } from '../../../scripts/lib/progress.mjs';
import { run } from './supervisor/run.ts';

/** The command, as a person types it; none for arguments that are not understood. */
const AGAIN: Readonly<Record<string, string>> = {
  '': 'npm start',
  web: 'npm start -- web',
  runner: 'npm start -- runner',
};

// A terminal that was closed must not keep us from ending everything in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

try {
  process.exitCode = await run(process.argv.slice(2), process.env);
} catch (error) {
  process.exitCode = complain(error, AGAIN[process.argv[2] ?? '']);
}
process.exit();
