/** What a workbench does, without its bounds. */
import * as Y from 'yjs';
import { buildDocument, type StoredDocument } from './build-document.ts';
import { readDocument } from './document.ts';
import type { MergedDocument } from './workbench.ts';

/** Builds a document and encodes it. */
export function mergeStored(stored: StoredDocument): MergedDocument {
  const { doc, skipped } = buildDocument(stored);
  const merged = { update: Y.encodeStateAsUpdate(doc), text: readDocument(doc), skipped };
  doc.destroy();
  return merged;
}

/**
 * Tries an update on a document.
 * @param measured applies it, and may look at the time around
 */
export function tryUpdate(
  stored: StoredDocument,
  update: Uint8Array,
  measured: (apply: () => void) => void,
): { readonly before: number; readonly after: number } {
  const { doc } = buildDocument(stored);
  const before = Y.encodeStateAsUpdate(doc).length;
  measured(() => Y.applyUpdate(doc, update));
  const after = Y.encodeStateAsUpdate(doc).length;
  doc.destroy();
  return { before, after };
}
