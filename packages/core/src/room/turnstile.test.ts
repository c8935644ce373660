import { expect, it } from 'vitest';
import { settled } from './memory/hand-clock.ts';
import { Turnstile } from './turnstile.ts';

it('lets many in together and one alone, in the order in which they came', async () => {
  const turns = new Turnstile();
  const entered: string[] = [];
  const leave = new Map<string, () => void>();
  const come = (name: string, alone: boolean) =>
    void turns.enter(alone).then((go) => {
      entered.push(name);
      leave.set(name, go);
    });
  come('a', false);
  come('b', false);
  come('alone', true);
  come('c', false);
  await settled();
  expect(entered).toEqual(['a', 'b']);
  leave.get('a')!();
  await settled();
  expect(entered).toEqual(['a', 'b']);
  leave.get('b')!();
  await settled();
  expect(entered).toEqual(['a', 'b', 'alone']);
  leave.get('alone')!();
  await settled();
  expect(entered).toEqual(['a', 'b', 'alone', 'c']);
  expect(turns.idle).toBe(false);
  leave.get('c')!();
  expect(turns.idle).toBe(true);
});
