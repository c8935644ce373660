/** `npm start`: set-up, then the web process and the runner under a supervisor. */
import { complain } from '../../../scripts/lib/progress.mjs';
import { run } from './supervisor/run.ts';

try {
  process.exitCode = await run(process.argv.slice(2), process.env);
} catch (error) {
  process.exitCode = complain(error, ['npm start', ...process.argv.slice(2)].join(' -- '));
}
process.exit();
