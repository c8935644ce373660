import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkLanguages } from './languages.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const check = (LANGUAGES_DIR: string, SANDBOX_MEMORY_MIB = 0) =>
  checkLanguages(ROOT, { LANGUAGES_DIR, SANDBOX_MEMORY_MIB });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'languages-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the languages that come with the product are found, and fit into what is decided for them', async () => {
  expect((await check(folder)).length).toBeGreaterThan(0);
});

test('a folder of languages that is not there is named', async () => {
  await expect(check(`${folder}:/nowhere/at/all`)).rejects.toMatchObject({
    details: [expect.stringMatching(/^LANGUAGES_DIR=.*: must name folders, and \/nowhere\/at\/all is none$/)],
  });
});

test('memory in which a language could never run is refused with the language’s name and need', async () => {
  const languages = await check('');
  const { name, limits } = languages[0]!.manifest;
  await expect(check('', 64)).rejects.toMatchObject({
    details: expect.arrayContaining([
      `SANDBOX_MEMORY_MIB=64: must not be less than one sandbox of ${name} may take (${limits.memoryMiB})`,
    ]),
  });
  const most = Math.max(...languages.map(({ manifest }) => manifest.limits.memoryMiB));
  expect(await check('', most)).toHaveLength(languages.length);
});
