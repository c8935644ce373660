/** Builds the pages where their sources changed since the last build. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../../../../scripts/lib/command.mjs';
import { lock } from '../../../../scripts/lib/lock.mjs';
import { cloneLock } from '../../../../scripts/lib/packages.mjs';
import { step } from '../../../../scripts/lib/progress.mjs';

/** What a build depends on, besides the versions in the lockfile. */
const SOURCES = ['packages/web', 'packages/client/src', 'packages/core/src', 'package-lock.json'];
/** Results and caches inside those folders. */
const NOT_SOURCES = new Set(['node_modules', '.svelte-kit', 'build', 'coverage', 'test-results']);
/** Holds the hash of the sources that the build was made from. */
const STAMP = '.sources';

/** A hash over the names and contents of every file below some paths. */
export function sourcesHash(root: string, paths: readonly string[] = SOURCES): string {
  const hash = createHash('sha256');
  const visit = (path: string): void => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    const entries = readdirSync(full, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const inside = join(path, entry.name);
      if (entry.isDirectory() && !NOT_SOURCES.has(entry.name)) visit(inside);
      else if (entry.isFile() && !isTest(entry.name)) add(inside);
    }
  };
  const add = (path: string): void => {
    const content = createHash('sha256')
      .update(readFileSync(join(root, path)))
      .digest('hex');
    hash.update(`${path}\0${content}\n`);
  };
  for (const path of paths) {
    if (/\.[a-z]+$/.test(path)) add(path);
    else visit(path);
  }
  return hash.digest('hex');
}

function isTest(name: string): boolean {
  return /\.(test|contract)\.ts$/.test(name);
}

/** @returns the folder of the build */
export async function ensureWebBuild(root: string): Promise<string> {
  const web = join(root, 'packages/web');
  const build = join(web, 'build');
  const stamp = join(build, STAMP);
  const held = await lock(cloneLock(root, 'pages'), {
    waiting: () => process.stdout.write('… another command builds the pages of this clone, waiting for it\n'),
  });
  try {
    const hash = sourcesHash(root);
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return build;
    await step('building the pages', async (report) => {
      await command(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build'], {
        cwd: web,
        env: { ...process.env, NODE_ENV: 'production', CI: '1' },
        what: 'vite build',
        line: (line) => report(line.slice(0, 50)),
      });
      writeFileSync(stamp, hash);
    });
    return build;
  } finally {
    held.release();
  }
}
