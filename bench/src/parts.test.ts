import { expect, it } from 'vitest';
import { PARTS, readWish } from './parts.ts';

it('no name means every part, a name that one', () => {
  expect(readWish([])).toEqual({ parts: PARTS, quick: false, product: true });
  expect(readWish(['--quick', 'sandboxes'])).toEqual({ parts: ['sandboxes'], quick: true, product: false });
  expect(readWish(['paper', 'page']).parts).toEqual(['page', 'paper']);
});

it('an unknown part is refused with the list of parts', () => {
  expect(() => readWish(['page', 'pages'])).toThrow(`no such part: pages; there are ${PARTS.join(', ')}`);
});
