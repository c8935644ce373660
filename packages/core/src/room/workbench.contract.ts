/** What every Workbench does. */
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import type { StoredDocument } from './build-document.ts';
import type { PersonId } from './ids.ts';
import type { Workbench } from './workbench.ts';

function stored(updates: readonly Uint8Array[]): StoredDocument {
  const entries = updates.map((update, at) => ({ key: `k${at}`, update, author: 'p' as PersonId, at: 0 }));
  return { entries, snapshot: undefined };
}

function written(): { doc: Y.Doc; updates: Uint8Array[] } {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  doc.getMap('files').set('f', 'main.py');
  doc.getText('f').insert(0, 'text');
  return { doc, updates };
}

export function describeWorkbenchContract(name: string, make: () => Workbench): void {
  describe(`Workbench: ${name}`, () => {
    it('merges a document from its log', async () => {
      const { doc, updates } = written();
      const merged = await make().merge(stored(updates));
      expect(merged.text.files).toEqual([{ id: 'f', name: 'main.py', text: 'text' }]);
      expect(merged.update).toEqual(Y.encodeStateAsUpdate(doc));
      expect(merged.skipped).toEqual([]);
    });

    it('D6 names entries that cannot be applied', async () => {
      const { updates } = written();
      const merged = await make().merge(stored([...updates, Uint8Array.from([1, 1, 1, 0, 255])]));
      expect(merged.skipped).toEqual(['k2']);
      expect(merged.text.files).toHaveLength(1);
    });

    it('tells how large a document is before an update and after it', async () => {
      const { doc, updates } = written();
      const before = Y.encodeStateAsUpdate(doc).length;
      const log = stored([...updates]);
      doc.getText('f').insert(0, 'more ');
      const after = Y.encodeStateAsUpdate(doc).length;
      expect(await make().try(log, updates.at(-1)!)).toEqual({ kind: 'fine', before, after });
    });

    it('rejects an update that cannot be applied, and goes on', async () => {
      const bench = make();
      await expect(bench.try(stored([]), Uint8Array.from([1, 1, 1, 0, 255]))).rejects.toThrow();
      expect((await bench.merge(stored(written().updates))).text.files).toHaveLength(1);
    });
  });
}
