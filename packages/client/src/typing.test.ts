import { INPUT_CHARACTERS } from '@codeconnected/core/room/limits.ts';
import { describe, expect, it } from 'vitest';
import { INPUT_WAITING_CHARACTERS, TypingQueue } from './typing.ts';

describe('what is typed into the terminal', () => {
  it('is cut into inputs that tear no character', () => {
    const queue = new TypingQueue();
    const text = `${'x'.repeat(INPUT_CHARACTERS - 1)}😀${'y'.repeat(INPUT_CHARACTERS)}`;
    queue.add(text, undefined);
    const pieces = queue.due(0).map(({ d }) => d);
    expect(pieces.join('')).toBe(text);
    expect(pieces.map(({ length }) => length)).toEqual([INPUT_CHARACTERS - 1, INPUT_CHARACTERS, 2]);
  });

  it('W2 is sent again until it is taken', () => {
    const queue = new TypingQueue();
    queue.add('a', undefined);
    queue.add('b', undefined);
    expect(queue.due(0).map(({ n }) => n)).toEqual([1, 2]);
    expect(queue.due(1_000)).toEqual([]);
    queue.taken(1);
    expect(queue.base).toBe(2);
    expect(queue.due(5_000).map(({ n }) => n)).toEqual([2]);
    queue.disconnected();
    expect(queue.due(5_001).map(({ n }) => n)).toEqual([2]);
    queue.taken(2);
    expect([queue.base, queue.due(9_000)]).toEqual([3, []]);
  });

  it('moves its base past what was given up', () => {
    const queue = new TypingQueue();
    for (const key of 'abc') queue.add(key, undefined);
    queue.taken(1);
    queue.giveUp();
    expect(queue.base).toBe(4);
    queue.add('d', { columns: 80, rows: 24 });
    expect(queue.due(0)).toMatchObject([{ n: 4, d: 'd', size: { columns: 80, rows: 24 } }]);
  });

  it('refuses whole what is too much, so that no half of it runs', () => {
    const queue = new TypingQueue();
    expect(queue.add('x'.repeat(INPUT_WAITING_CHARACTERS + 1), undefined)).toBe(false);
    expect(queue.due(0)).toEqual([]);
    expect(queue.add('x'.repeat(INPUT_WAITING_CHARACTERS), undefined)).toBe(true);
    expect(queue.add('x', undefined)).toBe(false);
    queue.giveUp();
    expect(queue.add('x', undefined)).toBe(true);
  });
});
