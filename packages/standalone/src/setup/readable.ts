/** The web process runs under a user of its own: the clone's code must be readable for others. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../../../../scripts/lib/command.mjs';
import { step } from '../../../../scripts/lib/progress.mjs';

/** Holds code and nothing else. */
const CODE = ['packages', 'languages', 'node_modules', 'package.json', 'scripts'];
/** One file of each kind that a strict umask may have closed, and the one that npm writes anew for its owner alone. */
const SAMPLES = [
  'packages/standalone/src/web/main.ts',
  'packages/web/build/handler.js',
  'node_modules/.bin/node',
  'package.json',
];
const OTHERS_READ = 0o004;
const OTHERS_ENTER = 0o001;

/** Opens the clone's code (not its data) for reading where root's umask closed it. */
export async function ensureReadable(root: string): Promise<void> {
  const closed =
    (statSync(root).mode & OTHERS_ENTER) === 0 ||
    SAMPLES.some((path) => {
      const found = statSync(join(root, path), { throwIfNoEntry: false });
      return found !== undefined && (found.mode & OTHERS_READ) === 0;
    });
  if (!closed) return;
  await step('letting the web process read the clone’s code', async () => {
    await command('chmod', ['o+x', root]);
    await command('chmod', ['-R', 'go+rX', ...CODE.map((path) => join(root, path))]);
  });
}
