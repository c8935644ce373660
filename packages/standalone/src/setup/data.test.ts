import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareData, WEB_USER } from './data.ts';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'data-'));
});
afterEach(() => rmSync(base, { recursive: true }));

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
const root = process.getuid?.() === 0;

test('S3 the web process may change only its own folder, and nobody else may read the secrets', () => {
  const places = prepareData(join(base, 'd'), undefined);
  expect([mode(places.folder), mode(places.web), mode(places.runner)]).toEqual(['710', '700', '700']);
  for (const path of [places.guestKey, places.linkToken]) {
    expect(mode(path)).toBe('640');
    expect(readFileSync(path, 'utf8').trim()).toMatch(/^[0-9a-f]{64}$/);
  }
  if (!root) return;
  const owners = [places.folder, places.guestKey, places.linkToken, places.web, places.runner].map((path) => {
    const { uid, gid } = statSync(path);
    return [uid, gid];
  });
  expect(owners).toEqual([
    [0, WEB_USER],
    [0, WEB_USER],
    [0, WEB_USER],
    [WEB_USER, WEB_USER],
    [0, 0],
  ]);
});

test('a second start keeps every secret and the installation’s name', () => {
  const first = prepareData(join(base, 'd'), undefined);
  const key = readFileSync(first.guestKey, 'utf8');
  const second = prepareData(join(base, 'd'), undefined);
  expect(readFileSync(second.guestKey, 'utf8')).toBe(key);
  expect(second.instance).toBe(first.instance);
});

test('a shared secret is taken from its file; one that is missing or short is refused', () => {
  const file = join(base, 'token');
  expect(() => prepareData(join(base, 'd'), file)).toThrow('there is no such file');
  writeFileSync(file, 'short\n');
  expect(() => prepareData(join(base, 'd'), file)).toThrow('too short');
  writeFileSync(file, `${'a'.repeat(40)}\n`);
  const places = prepareData(join(base, 'd'), file);
  expect(readFileSync(places.linkToken, 'utf8')).toBe(`${'a'.repeat(40)}\n`);
});

test('a restored backup is handed to the web process; links in it are not followed', async () => {
  const victim = join(base, 'victim');
  writeFileSync(victim, 'mine');
  await mkdir(join(base, 'd', 'runner'), { recursive: true });
  await mkdir(join(base, 'd', 'web', 'rooms'), { recursive: true });
  symlinkSync(victim, join(base, 'd', 'web', 'rooms', 'link'));
  prepareData(join(base, 'd'), undefined);
  if (!root) return;
  expect(statSync(join(base, 'd', 'web', 'rooms')).uid).toBe(WEB_USER);
  expect(statSync(victim).uid).toBe(0);
});

test('a folder with somebody else’s files is not taken over', () => {
  writeFileSync(join(base, 'thesis.txt'), 'x');
  expect(() => prepareData(base, undefined)).toThrow('not Codeconnected’s');
  expect(() => prepareData('/', undefined)).toThrow('would take over');
  expect(() => prepareData('/root', undefined)).toThrow('would take over');
});
