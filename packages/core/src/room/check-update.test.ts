import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { checkUpdate } from './check-update.ts';
import { type Seed, seedFileId, seedUpdate, setTitle, switchLanguage } from './document.ts';
import type { LanguageId } from './ids.ts';
import { EDIT_BYTES } from './limits.ts';

const SEED: Seed = { id: 'python' as LanguageId, fileName: 'main.py', sample: 'print("hello")\n' };

function updateOf(change: (doc: Y.Doc) => void): Uint8Array {
  const doc = new Y.Doc();
  change(doc);
  return Y.encodeStateAsUpdate(doc);
}

describe('D6 the check of an update', () => {
  it('lets everything pass that a page does', () => {
    const doc = new Y.Doc();
    const updates: Uint8Array[] = [seedUpdate(SEED)];
    doc.on('update', (update: Uint8Array) => updates.push(update));
    const undo = new Y.UndoManager(doc.getText(seedFileId(SEED)));
    switchLanguage(doc, SEED);
    setTitle(doc, 'Sorting');
    // The second value names the first one in place of its key.
    setTitle(doc, 'Searching');
    const text = doc.getText(seedFileId(SEED));
    text.insert(3, '😀 \u0000 \u202e ä');
    text.delete(0, 5);
    undo.undo();
    undo.redo();
    for (const update of [...updates, Y.encodeStateAsUpdate(doc), Y.mergeUpdates(updates.slice(2))]) {
      expect(checkUpdate(update).kind).toBe('fine');
    }
    // With a gap in it, as when one in between was lost.
    expect(checkUpdate(Y.mergeUpdates([updates[1]!, updates.at(-1)!])).kind).toBe('fine');
    expect(checkUpdate(Y.encodeStateAsUpdate(new Y.Doc()))).toEqual({ kind: 'fine', inserts: false });
  });

  it('tells what only deletes', () => {
    const doc = new Y.Doc();
    doc.getText('f').insert(0, 'abc');
    const before = Y.encodeStateVector(doc);
    doc.getText('f').delete(0, 1);
    expect(checkUpdate(Y.encodeStateAsUpdate(doc, before))).toEqual({ kind: 'fine', inserts: false });
  });

  it.each<[string, (doc: Y.Doc) => void]>([
    ['a subdocument', (doc) => doc.getMap('meta').set('x', new Y.Doc())],
    ['a nested type', (doc) => doc.getMap('meta').set('x', new Y.Text('text'))],
    ['bytes', (doc) => doc.getMap('meta').set('x', new Uint8Array(3))],
    ['an object', (doc) => doc.getMap('meta').set('x', { deep: { deeper: 1 } })],
    ['a long value', (doc) => doc.getMap('meta').set('x', 'x'.repeat(2_000))],
    ['a long key', (doc) => doc.getMap('meta').set('x'.repeat(2_000), 1)],
    ['a value in a list', (doc) => doc.getArray('f').insert(0, [1])],
    ['formatting', (doc) => doc.getText('f').insert(0, 'bold', { bold: true })],
    ['an embed', (doc) => doc.getText('f').insertEmbed(0, { image: 'x' })],
    ['an element', (doc) => doc.getXmlFragment('f').insert(0, [new Y.XmlElement('p')])],
  ])('refuses %s', (_, change) => {
    expect(checkUpdate(updateOf(change))).toMatchObject({ kind: 'refused', code: 'update-malformed' });
  });

  it('refuses what is larger than an edit may be', () => {
    const update = updateOf((doc) => doc.getText('f').insert(0, 'x'.repeat(EDIT_BYTES)));
    expect(checkUpdate(update)).toMatchObject({ kind: 'refused', code: 'update-too-large' });
  });

  it('refuses more clients than a document has', () => {
    const deleting = [
      0,
      145,
      78,
      ...Array.from({ length: 10_001 }, (_, at) => [(at & 127) | 128, at >> 7, 1, 0, 1]),
    ].flat();
    expect(checkUpdate(Uint8Array.from(deleting))).toMatchObject({ kind: 'refused', code: 'update-malformed' });
  });

  it('refuses what is no update at all', () => {
    for (const bytes of [[], [1], [255, 255, 255, 255, 255, 255], [1, 1, 1, 0, 4, 1]]) {
      expect(checkUpdate(Uint8Array.from(bytes)).kind).toBe('refused');
    }
  });
});
