/** State vectors and deletions: telling whether two copies of a document hold the same. */
import * as Y from 'yjs';
import { checkUpdate } from './check-update.ts';

/** Entries in a state vector that are read: one for each page load that ever wrote, within reason. */
export const VECTOR_ENTRIES = 50_000;

/** Whether everything that `theirs` counts is in `ours`. */
export function covers(ours: ReadonlyMap<number, number>, theirs: ReadonlyMap<number, number>): boolean {
  for (const [client, clock] of theirs) if (clock > 0 && (ours.get(client) ?? 0) < clock) return false;
  return true;
}

/** The state vector of a live document, without encoding it. */
export function vectorOf(doc: Y.Doc): Map<number, number> {
  const vector = new Map<number, number>();
  for (const client of doc.store.clients.keys()) vector.set(client, Y.getState(doc.store, client));
  return vector;
}

/** Reads a state vector that came over a wire; undefined where it is none. */
export function readVector(bytes: Uint8Array): Map<number, number> | undefined {
  // Each entry takes at least two bytes: what claims more would make the decoder loop for nothing.
  if (bytes.length === 0 || bytes.length > VECTOR_ENTRIES * 14) return undefined;
  try {
    return Y.decodeStateVector(bytes);
  } catch {
    return undefined;
  }
}

/** Ranges of deleted text, by the client that wrote it. */
export type Deletions = ReadonlyMap<number, readonly { readonly clock: number; readonly len: number }[]>;

/** What updates delete, as an update that does nothing else; undefined where they delete nothing. @param doc has them */
export function deletionsIn(updates: readonly Uint8Array[], doc: Y.Doc): Uint8Array | undefined {
  if (updates.length === 0) return undefined;
  const update = Y.diffUpdate(Y.mergeUpdates([...updates]), Y.encodeStateVector(doc));
  return Y.decodeUpdate(update).ds.clients.size > 0 ? update : undefined;
}

/** Reads what came of {@link deletionsIn} over a wire; undefined where it is something else. */
export function readDeletions(update: Uint8Array): Deletions | undefined {
  const check = checkUpdate(update);
  return check.kind === 'fine' && !check.inserts ? Y.decodeUpdate(update).ds.clients : undefined;
}

/** Whether all of it is deleted in a document. */
export function deletes(doc: Y.Doc, deletions: Deletions): boolean {
  for (const [client, ranges] of deletions) {
    const structs = doc.store.clients.get(client) ?? [];
    const state = Y.getState(doc.store, client);
    for (const { clock, len } of ranges) {
      if (clock + len > state) return false;
      for (let i = Y.findIndexSS(structs, clock); i < structs.length && structs[i]!.id.clock < clock + len; i++) {
        if (!structs[i]!.deleted) return false;
      }
    }
  }
  return true;
}

/** One step of a 32-bit hash; a collision is harmless, since a later deletion changes the name again. */
function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ (value >>> 0), 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/**
 * Names the set of what is deleted in a document, since a state vector says nothing of that. Equal for equal
 * sets, whatever the order in which they came about.
 */
export function deletionsOf(doc: Y.Doc): string {
  const set = Y.createDeleteSetFromStructStore(doc.store);
  let low = 0x811c9dc5;
  let high = 0x01234567;
  for (const client of [...set.clients.keys()].sort((a, b) => a - b)) {
    low = mix(low, client);
    high = mix(high, client >>> 1);
    for (const { clock, len } of set.clients.get(client) ?? []) {
      low = mix(mix(low, clock), len);
      high = mix(mix(high, len), clock);
    }
  }
  return `${(low >>> 0).toString(36)}.${(high >>> 0).toString(36)}`;
}
