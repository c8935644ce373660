import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { stepsOf } from './cost.ts';
import { quadraticPair } from './quadratic.testing.ts';

const MOST = 100_000;

/** A long document, and what a page does to it, as one update. */
function edited(change: (text: Y.Text, doc: Y.Doc) => void): { doc: Y.Doc; update: Uint8Array } {
  const doc = new Y.Doc();
  const text = doc.getText('f');
  // Some thousands of items, as in a room that has been written in for weeks.
  for (let at = 0; at < 4_000; at++) text.insert((at * 7_919) % (text.length + 1), 'word ');
  const page = new Y.Doc();
  Y.applyUpdate(page, Y.encodeStateAsUpdate(doc));
  const before = Y.encodeStateVector(page);
  page.transact(() => change(page.getText('f'), page));
  return { doc, update: Y.encodeStateAsUpdate(page, before) };
}

function pasteOver(text: Y.Text): void {
  text.delete(3_000, 5_000);
  text.insert(3_000, 'x'.repeat(50_000));
}

const costOf = ({ doc, update }: { doc: Y.Doc; update: Uint8Array }) => stepsOf(doc, Y.decodeUpdate(update), 0, MOST);

describe('steps that an update costs', () => {
  it.each<[string, (text: Y.Text, doc: Y.Doc) => void]>([
    ['a letter at the beginning', (text) => text.insert(0, 'x')],
    ['a letter in the middle', (text) => text.insert(9_000, 'x')],
    ['a letter at the end', (text) => text.insert(text.length, 'x')],
    ['a paste over a selection', pasteOver],
    ['a title', (_, doc) => doc.getMap('meta').set('title', 'Sorting')],
    ['everything deleted', (text) => text.delete(0, text.length)],
  ])('are affordable for %s, however long the document', (_, change) => {
    expect(costOf(edited(change))).toBeLessThan(MOST / 2);
  });

  it('are affordable for a word replaced in two hundred places', () => {
    const everywhere = edited((text) => {
      for (let at = 0; at < 200; at++) {
        text.delete(at * 60, 3);
        text.insert(at * 60, 'other');
      }
    });
    expect(costOf(everywhere)).toBeLessThan(MOST);
  });

  it('are themselves counted in few, however long a chain of items is', () => {
    const count = 500;
    const chain = Y.decodeUpdate(quadraticPair(count)[0]!);
    let looks = 0;
    for (const item of chain.structs) {
      const { rightOrigin } = item as Y.Item;
      Object.defineProperty(item, 'rightOrigin', {
        get() {
          looks += 1;
          return rightOrigin;
        },
      });
    }
    stepsOf(new Y.Doc(), chain, 0, Number.POSITIVE_INFINITY);
    expect(looks).toBeGreaterThan(count - 1);
    expect(looks).toBeLessThan(10 * count);
  });

  it('are too many for what many lie in between, be it in one update or in several', () => {
    const [first, second] = quadraticPair(1_000);
    const doc = new Y.Doc();
    expect(stepsOf(doc, Y.decodeUpdate(first), 0, MOST)).toBeGreaterThan(MOST);
    Y.applyUpdate(doc, first);
    const some = Y.decodeUpdate(second);
    const tenth = { ...some, structs: some.structs.slice(0, 200) };
    expect(stepsOf(doc, tenth, 0, MOST)).toBeGreaterThan(MOST);
    expect(stepsOf(new Y.Doc(), tenth, 0, MOST)).toBeLessThan(MOST);
    expect(stepsOf(new Y.Doc(), tenth, 1_000, MOST)).toBeGreaterThan(MOST);
  });

  it('are none for what is there already', () => {
    const doc = new Y.Doc();
    const [first] = quadraticPair(1_000);
    Y.applyUpdate(doc, first);
    expect(stepsOf(doc, Y.decodeUpdate(first), 0, MOST)).toBe(0);
  });
});
