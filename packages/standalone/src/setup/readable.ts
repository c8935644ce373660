/** The web process runs under a user of its own: the clone's code must be readable for others. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../../../../scripts/lib/command.mjs';
import { step } from '../../../../scripts/lib/progress.mjs';

/** Holds code and nothing else. */
const CODE = ['packages', 'languages', 'node_modules', 'package.json', 'scripts'];
/** What npm put into node_modules, by its own record. */
const INSTALLED = 'node_modules/.package-lock.json';
const OTHERS_READ = 0o004;
const OTHERS_ENTER = 0o001;

/** Whether others may not read a file, or not enter a folder; what is not there is not closed. */
function isClosed(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return (found.mode & (OTHERS_READ | OTHERS_ENTER)) !== (OTHERS_READ | OTHERS_ENTER);
  return found?.isFile() === true && (found.mode & OTHERS_READ) === 0;
}

/** Whether something at or below a path is closed: a strict umask closes only the files that were written under it. */
function hasClosed(path: string): boolean {
  if (isClosed(path)) return true;
  if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return false;
  return readdirSync(path).some((name) => name !== 'node_modules' && hasClosed(join(path, name)));
}

/** The same for npm's packages, which are too many files to look at: each was written at once, under one umask. */
function hasClosedPackage(root: string): boolean {
  const record = join(root, INSTALLED);
  if (!lstatSync(record, { throwIfNoEntry: false })) return false;
  const { packages } = JSON.parse(readFileSync(record, 'utf8')) as { packages: Record<string, unknown> };
  return ['node_modules', ...Object.keys(packages)].some(
    (path) => isClosed(join(root, path)) || isClosed(join(root, path, 'package.json')),
  );
}

/** Whether the web process's user cannot read all of the clone's code. */
export function isClosedToOthers(root: string): boolean {
  return (
    (lstatSync(root).mode & OTHERS_ENTER) === 0 ||
    CODE.some((path) => path !== 'node_modules' && hasClosed(join(root, path))) ||
    hasClosedPackage(root)
  );
}

/** Opens the clone's code (not its data) for reading where root's umask closed it. */
export async function ensureReadable(root: string): Promise<void> {
  if (!isClosedToOthers(root)) return;
  await step('letting the web process read the clone’s code', async () => {
    await command('chmod', ['o+x', root]);
    await command('chmod', ['-R', 'go+rX', ...CODE.map((path) => join(root, path))]);
  });
}
