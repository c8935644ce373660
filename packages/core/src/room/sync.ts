/** What a client lacks of a document. */
import * as Y from 'yjs';
import { toBase64 } from './base64.ts';
import type { ServerFrame } from './frames.ts';
import { covers, deletionsOf, vectorOf } from './vector.ts';

/**
 * The frame that brings a client up to the document.
 * @param theirs what the client holds
 * @param deletions the name of what it has deleted, if it said so: then equal copies exchange nothing
 */
export function syncFrame(
  doc: Y.Doc,
  theirs: ReadonlyMap<number, number>,
  deletions: string | undefined,
): Extract<ServerFrame, { t: 'sync' }> {
  const ds = deletionsOf(doc);
  // What waits for an edit on its way is in no state vector.
  const waiting = doc.store.pendingStructs !== null || doc.store.pendingDs !== null;
  const same = !waiting && deletions === ds && covers(theirs, vectorOf(doc));
  const u = same ? '' : toBase64(Y.encodeStateAsUpdate(doc, Y.encodeStateVector(new Map(theirs))));
  return { t: 'sync', u, sv: toBase64(Y.encodeStateVector(doc)), ds, last: true };
}
