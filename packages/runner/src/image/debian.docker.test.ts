import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeRootFileSystem } from './debian.ts';

let folder: string;
const path = process.env.PATH;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'root-'));
});
afterEach(async () => {
  process.env.PATH = path;
  await rm(folder, { recursive: true });
});

/** Processes that have our folder in their command line. */
async function processes(): Promise<string[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(all.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(folder));
}

test('S5 a build that is given up ends at once, with everything in it', async () => {
  // Says how far it is, then works for ever and hears no SIGTERM, as the first process of its namespace.
  const tool = join(folder, 'mmdebstrap');
  await writeFile(tool, '#!/bin/sh\necho "I: running apt-get update..."\nwhile :; do sleep 1; done\n');
  await chmod(tool, 0o755);
  process.env.PATH = `${folder}:${path}`;
  const given = new AbortController();
  const work = makeRootFileSystem(
    { suite: 'trixie', packages: [], setup: [], uploads: new Map() },
    {
      target: join(folder, 'root.tar'),
      temporary: folder,
      signal: given.signal,
      progress: () => given.abort(),
    },
  );
  await expect(work).rejects.toThrow('aborted');
  expect(await processes()).toEqual([]);
});
