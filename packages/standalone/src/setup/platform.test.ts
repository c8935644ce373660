import { expect, test } from 'vitest';
import { chooseDaemonPlatform } from './platform.ts';

test('systrap is taken where it works', async () => {
  expect(await chooseDaemonPlatform(async () => {})).toBe('systrap');
});

test('ptrace is the fallback', async () => {
  const tried: string[] = [];
  const platform = await chooseDaemonPlatform(async (name) => {
    tried.push(name);
    if (name === 'systrap') throw new Error('seccomp');
  });
  expect([platform, tried]).toEqual(['ptrace', ['systrap', 'ptrace']]);
});

test('where none works, it says what each said', async () => {
  const refused = chooseDaemonPlatform(async (name) => {
    throw new Error(`no ${name}`);
  });
  await expect(refused).rejects.toMatchObject({ details: ['systrap: Error: no systrap', 'ptrace: Error: no ptrace'] });
});
