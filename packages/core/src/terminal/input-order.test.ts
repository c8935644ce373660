import { expect, test } from 'vitest';
import { InputOrder } from './input-order.ts';
import { INPUT_CLIENTS, INPUT_WAITING_CHARACTERS } from './limits.ts';

const taken = (data: string[], upTo: number) => ({ kind: 'taken', data, taken: upTo });

test('clients have an order each', () => {
  const inputs = new InputOrder();
  expect(inputs.take('a', { sequence: 1, base: 1, data: 'a' })).toEqual(taken(['a'], 1));
  expect(inputs.take('b', { sequence: 2, base: 1, data: 'c' })).toEqual(taken([], 0));
  expect(inputs.take('a', { sequence: 2, base: 2, data: 'b' })).toEqual(taken(['b'], 2));
});

test('W2 a client that is not known begins at its base: the terminal may be younger than the page', () => {
  const inputs = new InputOrder();
  expect(inputs.take('a', { sequence: 8, base: 7, data: 'b' })).toEqual(taken([], 6));
  expect(inputs.take('a', { sequence: 7, base: 7, data: 'a' })).toEqual(taken(['a', 'b'], 8));
});

test('W2 a base above the gap gives the gap up, and what waited below it', () => {
  const inputs = new InputOrder();
  inputs.take('a', { sequence: 2, base: 1, data: 'dropped' });
  expect(inputs.take('a', { sequence: 5, base: 5, data: 'x' })).toEqual(taken(['x'], 5));
  expect(inputs.characters).toBe(0);
  expect(inputs.take('a', { sequence: 1, base: 1, data: 'late' })).toEqual(taken([], 5));
});

test('Ctrl-C waits for no gap: what waits is dropped, and comes not again', () => {
  const inputs = new InputOrder();
  inputs.take('a', { sequence: 3, base: 1, data: 'c' });
  inputs.drop();
  expect(inputs.take('a', { sequence: 3, base: 1, data: 'c' })).toEqual(taken([], 3));
  expect(inputs.take('a', { sequence: 4, base: 4, data: 'd' })).toEqual(taken(['d'], 4));
});

test('characters that wait are bounded over all clients', () => {
  const inputs = new InputOrder();
  const data = 'x'.repeat(INPUT_WAITING_CHARACTERS / 2);
  inputs.take('a', { sequence: 2, base: 1, data });
  inputs.take('b', { sequence: 2, base: 1, data });
  expect(inputs.take('c', { sequence: 2, base: 1, data: 'x' })).toEqual({ kind: 'refused', taken: 0 });
  expect(inputs.take('c', { sequence: 1, base: 1, data: 'x' })).toEqual(taken(['x'], 1));
});

test('the client that was quiet for longest is forgotten', () => {
  const inputs = new InputOrder();
  inputs.take('first', { sequence: 2, base: 1, data: 'x' });
  for (let i = 0; i < INPUT_CLIENTS; i++) inputs.take(`client ${i}`, { sequence: 1, base: 1, data: 'x' });
  expect(inputs.characters).toBe(0);
});
