import { describe, expect, it } from 'vitest';
import { CLIENT_FRAME_BYTES, PART_CHARACTERS } from './limits.ts';
import { HandClock } from './memory/hand-clock.ts';
import { Assembler, cut, type Part, utf8Fits } from './parts.ts';

const BOUNDS = { parts: 16, characters: 16 * PART_CHARACTERS, concurrent: 2, milliseconds: 1_000 };

function partsOf(text: string, id = 'a'): Part[] {
  return cut(text, () => id).map((part) => JSON.parse(part) as Part);
}
const assembler = (clock = new HandClock()) => new Assembler(BOUNDS, clock);
const large = (characters: number) => JSON.stringify({ t: 'x', d: 'ü😀'.repeat(characters / 3) });

describe('parts', () => {
  it('W1 leaves a frame of 32 KB whole and cuts one of a byte more', () => {
    expect(cut('x'.repeat(CLIENT_FRAME_BYTES), () => 'a')).toHaveLength(1);
    expect(cut('x'.repeat(CLIENT_FRAME_BYTES + 1), () => 'a')).toHaveLength(2);
    expect(cut('ü'.repeat(CLIENT_FRAME_BYTES / 2 + 1), () => 'a')).toHaveLength(2);
  });

  it('W1 sends no part over 32 KB', () => {
    for (const part of cut(large(200_000), () => 'a')) expect(utf8Fits(part, CLIENT_FRAME_BYTES)).toBe(true);
  });

  it('W2 puts parts together in any order, each once or twice', () => {
    const text = large(120_000);
    const assembly = assembler();
    const parts = partsOf(text).reverse();
    expect(parts.length).toBeGreaterThan(3);
    const last = parts.pop()!;
    for (const part of [...parts, ...parts]) expect(assembly.take(part)).toEqual({ kind: 'waiting' });
    expect(assembly.take(last)).toEqual({ kind: 'whole', text });
  });

  it('W1 refuses more parts, and more waiting characters, than the bounds allow', () => {
    const assembly = assembler();
    const part = { t: 'part', id: 'a', i: 0, of: 17, d: 'AAAA' } as const;
    expect(assembly.take(part)).toEqual({ kind: 'refused', reason: 'frame-too-large' });
    const d = 'A'.repeat(PART_CHARACTERS);
    for (let i = 0; i < 15; i++) assembly.take({ t: 'part', id: 'a', i, of: 16, d });
    assembly.take({ t: 'part', id: 'b', i: 0, of: 16, d });
    expect(assembly.take({ t: 'part', id: 'b', i: 1, of: 16, d })).toEqual({
      kind: 'refused',
      reason: 'frame-too-large',
    });
    expect(assembly.take({ t: 'part', id: 'a', i: 15, of: 16, d }).kind).toBe('whole');
  });

  it('refuses parts that contradict each other, or are no text', () => {
    const assembly = assembler();
    expect(assembly.take({ t: 'part', id: 'a', i: 2, of: 2, d: '' }).kind).toBe('refused');
    assembly.take({ t: 'part', id: 'a', i: 0, of: 2, d: '/w==' });
    expect(assembly.take({ t: 'part', id: 'a', i: 0, of: 3, d: '' }).kind).toBe('refused');
    assembly.take({ t: 'part', id: 'b', i: 0, of: 2, d: '////' });
    expect(assembly.take({ t: 'part', id: 'b', i: 1, of: 2, d: '/w==' })).toEqual({
      kind: 'refused',
      reason: 'frame-malformed',
    });
  });

  it('W1 forgets the oldest unfinished frame for a further one, and all of them after a while', async () => {
    const clock = new HandClock();
    const assembly = assembler(clock);
    const part = (id: string, i: number): Part => ({ t: 'part', id, i, of: 2, d: 'AAAA' });
    for (const id of ['a', 'b', 'c']) assembly.take(part(id, 0));
    expect(assembly.take(part('c', 1)).kind).toBe('whole');
    expect(assembly.take(part('a', 1))).toEqual({ kind: 'waiting' });
    await clock.advance(1_001);
    expect(assembly.take(part('b', 1))).toEqual({ kind: 'waiting' });
  });
});
