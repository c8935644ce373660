import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lockFile } from './lock.ts';

test.each([false, true])('S5 no other user can take the lock (was open to others: %s)', async (before) => {
  const folder = await mkdtemp(join(tmpdir(), 'lock-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'build.lock');
  if (before) {
    await writeFile(file, '');
    await chmod(file, 0o644);
  }
  const unlock = await lockFile(file, () => {});
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await unlock();
});
