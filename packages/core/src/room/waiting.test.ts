import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Waiting } from './waiting.ts';

/** Pieces that may wait in one room. */
const MOST = 500;

/** One update of many pages, each of which wrote behind a page that nobody has heard of. */
function behindNobody(pages: number): Uint8Array {
  const start = new Y.Doc();
  start.getText('f').insert(0, 'x');
  const before = Y.encodeStateAsUpdate(start);
  const updates: Uint8Array[] = [];
  for (let each = 0; each < pages; each++) {
    const page = new Y.Doc();
    Y.applyUpdate(page, before);
    page.getText('f').insert(1, 'y');
    updates.push(Y.encodeStateAsUpdate(page, Y.encodeStateVector(start)));
  }
  return Y.mergeUpdates(updates);
}

/** Deletions of what nobody has heard of. */
function deletions(ranges: number): Uint8Array {
  const doc = new Y.Doc();
  const text = doc.getText('f');
  text.insert(0, 'xy'.repeat(ranges));
  const before = Y.encodeStateVector(doc);
  for (let at = 0; at < ranges; at++) text.delete(at, 1);
  return Y.encodeStateAsUpdate(doc, before);
}

describe('what waits for what it builds on', () => {
  it.each<[string, (pieces: number) => Uint8Array]>([
    ['structs', behindNobody],
    ['deletions', deletions],
  ])('has a bound of %s, for a single update and for several together', (_, make) => {
    const takes = (waiting: Waiting, doc: Y.Doc, update: Uint8Array) =>
      waiting.takes(doc, update, Y.decodeUpdate(update));
    const doc = new Y.Doc();
    const waiting = new Waiting();
    expect(takes(waiting, doc, make(MOST + 1))).toBe(false);
    const first = make(MOST - 100);
    expect(takes(waiting, doc, first)).toBe(true);
    expect(takes(waiting, doc, make(101))).toBe(false);
    waiting.coming.delete(first);
    waiting.apply(doc, first);
    expect(takes(waiting, doc, make(101))).toBe(false);
    expect(takes(waiting, doc, make(90))).toBe(true);
  });

  it('is counted among what a further edit costs', () => {
    const doc = new Y.Doc();
    const waiting = new Waiting();
    waiting.apply(doc, behindNobody(30));
    expect(waiting.structs(doc)).toHaveLength(30);
  });

  it('is not what leaves out only what is there', () => {
    const page = new Y.Doc();
    const updates: Uint8Array[] = [];
    page.on('update', (update: Uint8Array) => updates.push(update));
    for (let at = 0; at < 1_003; at++) page.getText('f').insert(0, 'x');
    const doc = new Y.Doc();
    for (const update of updates.slice(0, 3)) Y.applyUpdate(doc, update);
    const gap = Y.mergeUpdates([updates[0]!, ...updates.slice(2)]);
    expect(new Waiting().takes(doc, gap, Y.decodeUpdate(gap))).toBe(true);
    expect(new Waiting().takes(new Y.Doc(), gap, Y.decodeUpdate(gap))).toBe(false);
  });
});
