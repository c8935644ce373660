import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputOrder } from './input-order.ts';
import { INPUT_WAITING_FRAMES } from './limits.ts';

const RUNS = 2000;

test('W2 input that is late, doubled, reordered and resent is taken once, in order', () => {
  const delivery = fc.record({
    count: fc.integer({ min: 1, max: 40 }),
    order: fc.array(fc.nat(), { maxLength: 200 }),
    lost: fc.array(fc.boolean(), { maxLength: 40 }),
  });
  fc.assert(
    fc.property(delivery, ({ count, order, lost }) => {
      const inputs = new InputOrder();
      let text = '';
      let taken = 0;
      const send = (index: number) => {
        const sequence = index + 1;
        const result = inputs.take('client', { sequence, base: 1, data: `${sequence};` });
        if (result.kind === 'taken') text += result.data.join('');
        expect(result.taken).toBeGreaterThanOrEqual(taken);
        taken = result.taken;
      };
      for (const each of order) if (!lost[each % count]) send(each % count);
      // The client resends what was not acknowledged.
      for (let round = 0; taken < count; round++) {
        expect(round).toBeLessThan(count + 1);
        for (let index = taken; index < count; index++) send(index);
      }
      expect(text).toBe(Array.from({ length: count }, (_, index) => `${index + 1};`).join(''));
      expect(inputs.characters).toBe(0);
    }),
    { numRuns: RUNS },
  );
});

test('W2 what waits for a gap is bounded, and the input that closes the gap is always taken', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 600 }), (more) => {
      const inputs = new InputOrder();
      let refused = 0;
      for (let sequence = 2; sequence < 2 + more; sequence++) {
        if (inputs.take('client', { sequence, base: 1, data: 'x' }).kind === 'refused') refused += 1;
      }
      const kept = Math.min(more, INPUT_WAITING_FRAMES);
      expect(refused).toBe(more - kept);
      const result = inputs.take('client', { sequence: 1, base: 1, data: 'x' });
      expect(result).toEqual({ kind: 'taken', data: Array.from({ length: kept + 1 }, () => 'x'), taken: kept + 1 });
    }),
    { numRuns: 100 },
  );
});
