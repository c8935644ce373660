import { NAME_CHARACTERS } from '@codeconnected/core/room/limits.ts';
import { expect, it } from 'vitest';
import { guestName } from './guest-name.ts';

it('a new guest’s name is an animal’s, whatever was drawn, and short enough', () => {
  for (const random of [0, 0.5, 1 - Number.EPSILON]) {
    expect(guestName(random)).toMatch(/^Guest [A-Z][a-z]+$/);
    expect(guestName(random).length).toBeLessThanOrEqual(NAME_CHARACTERS);
  }
  expect(guestName(0)).not.toBe(guestName(0.5));
});
