import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LanguageId } from '../room/ids.ts';
import { Pool } from './pool.ts';

const A = 'a' as LanguageId;
const B = 'b' as LanguageId;
const LIMITS = { sandboxesMost: 6, memoryMiB: 1024, warmMiB: 64, startsMost: 2 };

function makePool(limits: Partial<typeof LIMITS> = {}) {
  const clock = { now: 0 };
  const pool = new Pool({ ...LIMITS, ...limits }, () => clock.now);
  return { pool, clock };
}

/** Starts and readies until nothing is missing. */
function fill(pool: Pool): void {
  for (let places = pool.refill(); places.length > 0; places = pool.refill()) {
    for (const place of places) pool.becameReady(place.id);
  }
}

test('the pool warms what each language wants, a few at a time', () => {
  const { pool } = makePool();
  pool.offer(A, { warm: 2, memoryMiB: 256 });
  pool.offer(B, { warm: 2, memoryMiB: 256 });
  const first = pool.refill();
  expect(first.map((place) => place.language).sort()).toEqual([A, B]);
  expect(pool.refill()).toHaveLength(0);
  for (const place of first) pool.becameReady(place.id);
  fill(pool);
  expect([pool.ready(A), pool.ready(B)]).toEqual([2, 2]);
  expect(pool.refill()).toHaveLength(0);
});

test('S1 a sandbox that was claimed is never given to anybody else', () => {
  const { pool } = makePool();
  pool.offer(A, { warm: 2, memoryMiB: 100 });
  fill(pool);
  const decisions = [pool.claim(A), pool.claim(A), pool.claim(A)];
  expect(decisions.map(({ kind }) => kind)).toEqual(['take', 'take', 'wait']);
  expect(new Set(decisions.map((each) => each.kind !== 'refused' && each.place.id)).size).toBe(3);
});

test('a claim waits for the sandbox that is on its way', () => {
  const { pool } = makePool();
  pool.offer(A, { warm: 1, memoryMiB: 100 });
  const [place] = pool.refill();
  expect(pool.claim(A)).toMatchObject({ kind: 'wait', start: false, place: { id: place!.id } });
  expect(pool.claim(A)).toMatchObject({ kind: 'wait', start: true });
});

test('a claim takes the room of warm ones of another language, and is refused when there is none', () => {
  const { pool } = makePool({ sandboxesMost: 2, memoryMiB: 400 });
  pool.offer(A, { warm: 2, memoryMiB: 200 });
  fill(pool);
  pool.offer(B, { warm: 0, memoryMiB: 200 });
  const first = pool.claim(B);
  expect(first).toMatchObject({ kind: 'wait', start: true });
  expect(first.kind === 'wait' && first.evict).toHaveLength(1);
  expect(pool.claim(B).kind).toBe('wait');
  expect(pool.claim(B)).toEqual({ kind: 'refused', reason: 'no-capacity' });
  expect(pool.claim('c' as LanguageId)).toEqual({ kind: 'refused', reason: 'unknown-language' });
});

test('a language whose start fails is tried again later and later', () => {
  const { pool, clock } = makePool();
  pool.offer(A, { warm: 1, memoryMiB: 100 });
  let waited = 0;
  for (let i = 0; i < 8; i++) {
    const [place] = pool.refill();
    pool.ended(place!.id, true);
    expect(pool.refill()).toHaveLength(0);
    const retry = pool.retryAfter!;
    expect(retry).toBeGreaterThanOrEqual(Math.min(waited, 60_000));
    waited = retry;
    clock.now += retry;
  }
  expect(waited).toBe(60_000);
});

test('a claim starts nothing while a failed start is waited out, and takes what is there', () => {
  const { pool, clock } = makePool();
  pool.offer(A, { warm: 1, memoryMiB: 100 });
  expect(pool.canClaim(A)).toBe(true);
  const [place] = pool.refill();
  pool.ended(place!.id, true);
  expect(pool.canClaim(A)).toBe(false);
  expect(pool.claim(A)).toEqual({ kind: 'refused', reason: 'backing-off' });
  clock.now += pool.retryAfter!;
  expect(pool.canClaim(A)).toBe(true);
  expect(pool.claim(A)).toMatchObject({ kind: 'wait', start: true });
});

test('whether a claim can be met is told without giving anything up for it', () => {
  const { pool } = makePool({ sandboxesMost: 1, memoryMiB: 1000 });
  pool.offer(A, { warm: 1, memoryMiB: 100 });
  pool.offer(B, { warm: 0, memoryMiB: 100 });
  const [place] = pool.refill();
  expect(pool.canClaim(B)).toBe(false);
  pool.becameReady(place!.id);
  expect(pool.canClaim(B)).toBe(true);
  expect(pool.ready(A)).toBe(1);
  expect(pool.claim(B)).toMatchObject({ kind: 'wait', evict: [{ id: place!.id }] });
  expect(pool.canClaim(A)).toBe(false);
});

type Step = { readonly kind: 'refill' | 'claim' | 'ready' | 'fail' | 'end'; readonly pick: number };

test('S4 whatever happens, states only move forward and the bounds hold', () => {
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom('refill', 'claim', 'claim', 'ready', 'ready', 'fail', 'end'),
    pick: fc.nat({ max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { pool, clock } = makePool({ sandboxesMost: 5, memoryMiB: 700 });
      pool.offer(A, { warm: 2, memoryMiB: 200 });
      pool.offer(B, { warm: 1, memoryMiB: 150 });
      const stages = new Map<number, 'warming' | 'ready' | 'claimed' | 'ended'>();
      const waiting = new Set<number>();
      const pickOf = (stage: string, pick: number) => {
        const ids = [...stages].filter(([, each]) => each === stage).map(([id]) => id);
        return ids[pick % Math.max(1, ids.length)];
      };
      for (const { kind, pick } of steps) {
        clock.now += 500;
        if (kind === 'refill') for (const place of pool.refill()) stages.set(place.id, 'warming');
        if (kind === 'claim') {
          const decision = pool.claim(pick % 2 ? A : B);
          if (decision.kind === 'refused') continue;
          for (const place of decision.evict) {
            expect(stages.get(place.id)).toBe('ready');
            stages.set(place.id, 'ended');
          }
          if (decision.kind === 'take') {
            expect(stages.get(decision.place.id)).toBe('ready');
            stages.set(decision.place.id, 'claimed');
          } else {
            expect(stages.get(decision.place.id)).toBe(decision.start ? undefined : 'warming');
            expect(waiting.has(decision.place.id)).toBe(false);
            waiting.add(decision.place.id);
            stages.set(decision.place.id, 'warming');
          }
        }
        const warming = pickOf('warming', pick);
        if (kind === 'ready' && warming !== undefined) {
          expect(pool.becameReady(warming)).toBe(waiting.has(warming));
          if (waiting.has(warming)) pool.take(warming);
          stages.set(warming, waiting.has(warming) ? 'claimed' : 'ready');
        }
        if (kind === 'fail' && warming !== undefined) {
          pool.ended(warming, true);
          stages.set(warming, 'ended');
        }
        const claimed = pickOf('claimed', pick);
        if (kind === 'end' && claimed !== undefined) {
          pool.ended(claimed);
          stages.set(claimed, 'ended');
        }
        const alive = [...stages.values()].filter((stage) => stage !== 'ended');
        expect(pool.size).toBe(alive.length);
        expect(pool.size).toBeLessThanOrEqual(5);
        expect(pool.claimed).toBe(alive.filter((stage) => stage === 'claimed').length);
      }
    }),
    { numRuns: 500 },
  );
});
