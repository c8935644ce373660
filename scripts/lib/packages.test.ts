import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { command } from './command.mjs';
import { lock as flock } from './lock.mjs';
import { cloneLock, type LockedPackage, missingPackages } from './packages.mjs';

/** For another process, on a busy machine. */
const PATIENCE = { timeout: 60_000, interval: 20 };

const lock = (packages: Record<string, LockedPackage>) => ({ packages: { '': {}, 'packages/core': {}, ...packages } });
const WANTED = lock({
  'node_modules/@codeconnected/core': { link: true },
  'node_modules/zod': { version: '4.0.0' },
  'packages/web/node_modules/zod': { version: '3.0.0' },
  'node_modules/vitest': { version: '5.0.0', dev: true },
  'node_modules/binding-for-another-system': { version: '1.0.0', optional: true },
});
const PRODUCTION = lock({
  'node_modules/@codeconnected/core': { link: true },
  'node_modules/zod': { version: '4.0.0' },
  'packages/web/node_modules/zod': { version: '3.0.0' },
});

test('nothing installed: everything but the optional is missing', () => {
  expect(missingPackages(WANTED, undefined, { dev: true })).toHaveLength(4);
});

test('a production installation lacks nothing for a start, and the tests’ packages for a test', () => {
  expect(missingPackages(WANTED, PRODUCTION, { dev: false })).toEqual([]);
  expect(missingPackages(WANTED, PRODUCTION, { dev: true })).toEqual(['node_modules/vitest']);
});

test('a start after a test has nothing to do, so it removes nothing', () => {
  expect(missingPackages(WANTED, WANTED, { dev: false })).toEqual([]);
});

test('another version is missing, wherever it lies', () => {
  const old = lock({ ...PRODUCTION.packages, 'packages/web/node_modules/zod': { version: '2.0.0' } });
  expect(missingPackages(WANTED, old, { dev: false })).toEqual(['packages/web/node_modules/zod']);
});

test('an npm that outlives whoever started it goes on holding the lock', async () => {
  const root = mkdtempSync(join(tmpdir(), 'clone-'));
  try {
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify(WANTED));
    const bin = join(root, 'bin');
    mkdirSync(bin);
    // Says that it runs, then waits until it may end.
    writeFileSync(join(bin, 'npm'), `#!/bin/sh\necho > ${root}/begun\nread line < ${root}/end\n`, { mode: 0o755 });
    await command('mkfifo', [join(root, 'end')]);
    const code = `
      import { ensurePackages } from ${JSON.stringify(resolve(import.meta.dirname, 'packages.mjs'))};
      await ensurePackages(${JSON.stringify(root)}, { dev: false });`;
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    const start = spawn(process.execPath, ['--input-type=module', '-e', code], { env, stdio: 'ignore' });
    await vi.waitFor(() => expect(existsSync(join(root, 'begun'))).toBe(true), PATIENCE);
    start.kill('SIGKILL');
    await once(start, 'exit');
    const path = cloneLock(root, 'packages');
    expect(await flock(path, { wait: false })).toBeUndefined();
    await writeFile(join(root, 'end'), '\n');
    (await flock(path)).release();
  } finally {
    rmSync(root, { recursive: true });
  }
});
