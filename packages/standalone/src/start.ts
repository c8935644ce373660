/** `npm start`: set-up, then the web process and the runner under a supervisor. */
import { complain } from '../../../scripts/lib/progress.mjs';
import { run } from './supervisor/run.ts';

// A terminal that was closed must not keep us from ending everything in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

try {
  process.exitCode = await run(process.argv.slice(2), process.env);
} catch (error) {
  process.exitCode = complain(error, ['npm start', ...process.argv.slice(2)].join(' -- '));
}
process.exit();
