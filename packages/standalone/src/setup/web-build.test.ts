import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sourcesHash } from './web-build.ts';

let root: string;
const hash = () => sourcesHash(root, ['web', 'lock.json']);
const put = (path: string, text: string) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hash-'));
  put('web/src/a.ts', 'a');
  put('lock.json', '{}');
});
afterEach(() => rmSync(root, { recursive: true }));

test('the hash changes with a content, a name, a new file and the lockfile', () => {
  const seen = new Set([hash()]);
  put('web/src/a.ts', 'b');
  seen.add(hash());
  renameSync(join(root, 'web/src/a.ts'), join(root, 'web/src/c.ts'));
  seen.add(hash());
  put('web/src/deep/er.svelte', '');
  seen.add(hash());
  put('lock.json', '{"a":1}');
  seen.add(hash());
  expect(seen.size).toBe(5);
});

test('results, caches and tests do not count', () => {
  const before = hash();
  put('web/build/index.js', 'x');
  put('web/node_modules/p/index.js', 'x');
  put('web/.svelte-kit/x.js', 'x');
  put('web/src/a.test.ts', 'x');
  expect(hash()).toBe(before);
});
