import { checkUpdate } from '@codeconnected/core/room/check-update.ts';
import { seeded } from '@codeconnected/core/room/memory/random.ts';
import { deletionsOf, vectorOf } from '@codeconnected/core/room/vector.ts';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { cutUpdate, PIECE_BYTES } from './cut-update.ts';

/** Applies pieces one by one; each must find all that it builds on. */
function apply(doc: Y.Doc, pieces: readonly Uint8Array[], most: number): void {
  for (const piece of pieces) {
    expect(piece.length).toBeLessThanOrEqual(most);
    expect(checkUpdate(piece).kind).toBe('fine');
    Y.applyUpdate(doc, piece);
    expect([doc.store.pendingStructs, doc.store.pendingDs]).toEqual([null, null]);
  }
}
function expectSame(one: Y.Doc, other: Y.Doc): void {
  expect(one.getText('f').toString()).toBe(other.getText('f').toString());
  expect([...vectorOf(one)].sort()).toEqual([...vectorOf(other)].sort());
  expect(deletionsOf(one)).toBe(deletionsOf(other));
}

describe('a large update', () => {
  it('that is small goes as it is', () => {
    const doc = new Y.Doc();
    doc.getText('f').insert(0, 'x'.repeat(PIECE_BYTES / 2));
    const update = Y.encodeStateAsUpdate(doc);
    expect(cutUpdate(update)).toEqual([update]);
  });

  it('D6 of one long text becomes several that tear no character', () => {
    const doc = new Y.Doc();
    doc.getText('f').insert(0, `a${'😀ü'.repeat(300_000)}`);
    const pieces = cutUpdate(Y.encodeStateAsUpdate(doc));
    expect(pieces.length).toBeGreaterThan(20);
    const other = new Y.Doc();
    apply(other, pieces, PIECE_BYTES);
    expectSame(other, doc);
  });

  it.each([1, -1])('D6 of many people builds on what came before, whichever way their ids run (%i)', (way) => {
    const doc = new Y.Doc();
    for (let at = 0; at < 1_000; at++) {
      doc.clientID = 1_000_000 + way * at;
      doc.getText('f').insert(at, 'x');
    }
    const other = new Y.Doc();
    apply(other, cutUpdate(Y.encodeStateAsUpdate(doc), 5_000), 5_000);
    expectSame(other, doc);
  });

  it('D6 of several people who wrote between each other’s letters builds on what came before, for 100 seeds', () => {
    for (let seed = 0; seed < 100; seed++) {
      const random = seeded(seed);
      const docs = [new Y.Doc(), new Y.Doc(), new Y.Doc()];
      docs.forEach((doc, at) => {
        doc.clientID = 1 + random.below(1_000) * 3 + at;
        doc.gc = random.chance(0.5);
      });
      const known = new Y.Doc();
      for (let step = 0; step < 150; step++) {
        const doc = random.pick(docs);
        const text = doc.getText('f');
        if (random.chance(0.3) && text.length > 4) text.delete(random.below(text.length - 3), 1 + random.below(3));
        else if (random.chance(0.1)) doc.getMap('meta').set('title', `t${step}`);
        else text.insert(random.below(text.length + 1), 'xyz😀'.repeat(1 + random.below(20)));
        if (random.chance(0.4)) Y.applyUpdate(random.pick(docs), Y.encodeStateAsUpdate(doc));
        if (step === 50) Y.applyUpdate(known, Y.encodeStateAsUpdate(doc));
      }
      const [all] = docs;
      for (const doc of docs) Y.applyUpdate(all!, Y.encodeStateAsUpdate(doc));
      const most = 300;
      const pieces = cutUpdate(Y.encodeStateAsUpdate(all!, Y.encodeStateVector(known)), most);
      expect(pieces.length).toBeGreaterThan(3);
      apply(known, pieces, most + 64);
      expectSame(known, all!);
    }
  });
});
