import { expect, test } from 'vitest';
import { Ending } from './ending.ts';

test('what was begun is undone in reverse order, once, and what fails is said and counted', async () => {
  const said: string[] = [];
  const done: string[] = [];
  const ending = new Ending((line) => said.push(line));
  ending.add(() => void done.push('first'));
  ending.add(() => Promise.reject(new Error('the daemon does not end')));
  ending.add(() => void done.push('last'));
  expect(await ending.undo()).toBe(false);
  expect(done).toEqual(['last', 'first']);
  expect(said.join()).toContain('the daemon does not end');
  expect(await ending.undo()).toBe(true);
  expect(done).toHaveLength(2);
});

test('the first wish to end counts', async () => {
  const said: string[] = [];
  const ending = new Ending((line) => said.push(line));
  ending.ask(130);
  ending.ask(0);
  await ending.asked;
  expect([ending.wasAsked, ending.code, said.length]).toEqual([true, 130, 1]);
});
