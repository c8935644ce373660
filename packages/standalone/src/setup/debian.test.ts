import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SetupError } from '../../../../scripts/lib/progress.mjs';
import { apt, daemonPackages } from './debian.ts';

let folder: string;
const path = process.env.PATH;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'debian-'));
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true });
});

/** Puts a program in front of the machine's. */
function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  process.env.PATH = `${folder}:${path}`;
}

test('a machine that has a dockerd, from whichever package, keeps it', () => {
  expect(daemonPackages(folder)).toContain('docker.io');
  program('dockerd', '');
  expect(daemonPackages(folder)).not.toContain('docker.io');
  expect(daemonPackages(folder)).toContain('runsc');
});

test('an installation that would remove packages is refused, and says so', async () => {
  program(
    'apt-get',
    'for each; do [ "$each" = --no-remove ] && { echo "E: Packages need to be removed but remove is disabled."; exit 100; }; done',
  );
  const refused = await apt(['install', 'docker.io'], []).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(SetupError);
  expect(refused).toMatchObject({
    message: 'installing docker.io from Debian would remove packages of this machine',
    todo: expect.arrayContaining([expect.stringContaining('--simulate docker.io')]),
  });
});

test('an installation that was broken off is finished before ours', async () => {
  const mark = join(folder, 'finished');
  program('dpkg', `[ "$*" = "--configure -a" ] && : > ${mark}`);
  program(
    'apt-get',
    `[ -e ${mark} ] || { echo "E: dpkg was interrupted, you must run dpkg --configure -a"; exit 100; }`,
  );
  await apt(['install', 'runsc'], []);
});
