import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lock } from './lock.mjs';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  path = join(folder, 'deep', 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Another process that holds the lock until it is killed. */
async function holder(shared: boolean) {
  const code = `
    import { lock } from ${JSON.stringify(resolve(import.meta.dirname, 'lock.mjs'))};
    await lock(${JSON.stringify(path)}, { shared: ${shared} });
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

test('one holds it, the next waits and is told', async () => {
  const first = await lock(path);
  expect(await lock(path, { wait: false })).toBeUndefined();
  let waited = false;
  const second = lock(path, {
    waiting: () => {
      waited = true;
      first.release();
    },
  });
  (await second).release();
  expect(waited).toBe(true);
});

test('many may share it, and nobody has it alone meanwhile', async () => {
  const users = [await lock(path, { shared: true }), await lock(path, { shared: true })];
  expect(await lock(path, { wait: false })).toBeUndefined();
  for (const user of users) user.release();
  const alone = await lock(path, { wait: false });
  expect(alone).toBeDefined();
  alone?.release();
});

test('S5 no other user can take it, however it was left', async () => {
  (await lock(path))!.release();
  chmodSync(path, 0o644);
  (await lock(path))!.release();
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test.each([true, false])('S5 kill -9 of its holder lets it go (shared: %s)', async (shared) => {
  const child = await holder(shared);
  expect(await lock(path, { wait: false })).toBeUndefined();
  const taken = lock(path);
  child.kill('SIGKILL');
  (await taken).release();
});
