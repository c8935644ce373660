import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLanguages } from './folders.ts';

const MANIFEST = { name: 'X', fileName: 'main.x', editorMode: 'X', boot: ['x'], sample: '' };

async function folderWith(languages: Record<string, Record<string, unknown>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'codeconnected-'));
  for (const [id, files] of Object.entries(languages)) {
    await mkdir(join(folder, id));
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(folder, id, name), typeof content === 'string' ? content : JSON.stringify(content));
    }
  }
  return folder;
}

test('every mistake names file and field, and the other languages are read', async () => {
  const folder = await folderWith({
    good: { 'manifest.json': MANIFEST, 'recipe.json': { files: { 'boot.x': '/usr/lib/boot.x' } }, 'boot.x': 'boot' },
    absent: { 'recipe.json': {} },
    broken: { 'manifest.json': '{', 'recipe.json': {} },
    extra: { 'manifest.json': { ...MANIFEST, other: 1 }, 'recipe.json': {} },
    limits: { 'manifest.json': { ...MANIFEST, limits: { memoryMiB: 1 } }, 'recipe.json': {} },
    pattern: { 'manifest.json': { ...MANIFEST, errorPosition: '(' }, 'recipe.json': {} },
    groups: { 'manifest.json': { ...MANIFEST, errorPosition: 'line (?<line>\\d+)' }, 'recipe.json': {} },
    kept: { 'manifest.json': { ...MANIFEST, runStyle: 'kept' }, 'recipe.json': {} },
    outside: { 'manifest.json': MANIFEST, 'recipe.json': { files: { '../x': '/usr/lib/x' } } },
    lost: { 'manifest.json': MANIFEST, 'recipe.json': { files: { 'boot.x': '/usr/lib/boot.x' } } },
    package: { 'manifest.json': MANIFEST, 'recipe.json': { packages: ['a; rm'] } },
    Upper: { 'manifest.json': MANIFEST, 'recipe.json': {} },
  });
  const { languages, mistakes } = await readLanguages([folder]);
  expect(languages.map(({ id }) => id)).toEqual(['good']);
  const told = Object.fromEntries(mistakes.map(({ id, file, field }) => [id, `${file.split('/').at(-1)} ${field}`]));
  expect(told).toMatchObject({
    absent: 'manifest.json ',
    broken: 'manifest.json ',
    limits: 'manifest.json limits.memoryMiB',
    pattern: 'manifest.json errorPosition',
    groups: 'manifest.json errorPosition',
    kept: 'manifest.json runStyle',
    lost: 'recipe.json files.boot.x',
    package: 'recipe.json packages.0',
    Upper: 'Upper ',
  });
  expect(told.outside).toMatch(/^recipe\.json files/);
  expect(mistakes.every(({ reason }) => reason.length > 0)).toBe(true);
  expect(mistakes).toHaveLength(11);
});

test('an image is named by what goes into it, and its base by what lies below the own files', async () => {
  const recipe = { packages: ['bb', 'aa'], files: { 'boot.x': '/usr/lib/boot.x' } };
  const [one, same, other] = await Promise.all(
    [
      { recipe, boot: 'boot' },
      { recipe: { ...recipe, packages: ['aa', 'cc'] }, boot: 'boot' },
      { recipe, boot: 'changed' },
    ].map(async ({ recipe: each, boot }) => {
      const folder = await folderWith({ x: { 'manifest.json': MANIFEST, 'recipe.json': each, 'boot.x': boot } });
      return (await readLanguages([folder])).languages[0];
    }),
  );
  expect(one?.baseHash).not.toBe(same?.baseHash);
  expect(one?.baseHash).toBe(other?.baseHash);
  expect(one?.hash).not.toBe(other?.hash);
});
