import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lock } from '../../../../scripts/lib/lock.mjs';
import { cloneLock } from '../../../../scripts/lib/packages.mjs';
import { ensureReadable, isClosedToOthers } from './readable.ts';

const FILES = [
  'package.json',
  'packages/web/package.json',
  'packages/standalone/src/web/main.ts',
  'languages/a/manifest.json',
  'scripts/start.mjs',
  'node_modules/one/package.json',
  'node_modules/one/node_modules/two/package.json',
];
const RECORD = { packages: { 'node_modules/one': {}, 'node_modules/one/node_modules/two': {} } };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'clone-'));
  for (const path of FILES) {
    mkdirSync(join(root, dirname(path)), { recursive: true, mode: 0o755 });
    writeFileSync(join(root, path), '{}', { mode: 0o644 });
  }
  writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify(RECORD), { mode: 0o644 });
  chmodSync(root, 0o755);
});
afterEach(() => rmSync(root, { recursive: true }));

test('a clone that others can read is left as it is', () => {
  expect(isClosedToOthers(root)).toBe(false);
});

test.each([...FILES, ...FILES.map(dirname)])('%s, closed by a strict umask, is found and opened', async (path) => {
  chmodSync(join(root, path), 0o700);
  expect(isClosedToOthers(root)).toBe(true);
  await ensureReadable(root);
  expect(isClosedToOthers(root)).toBe(false);
});

test.each(['packages', 'pages'])('the lock on a clone’s %s closes none of its code', async (name) => {
  const held = await lock(cloneLock(root, name));
  expect(isClosedToOthers(root)).toBe(false);
  held.release();
});
