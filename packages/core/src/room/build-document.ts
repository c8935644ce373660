/** A document made of its snapshot and its log. */
import * as Y from 'yjs';
import type { RoomId } from './ids.ts';
import type { DocumentSnapshot, SnapshotStore } from './snapshot-store.ts';
import type { LoggedUpdate, UpdateLog } from './update-log.ts';

/** Updates that are merged at once: Yjs sorts all of them for each struct that it writes. */
const MERGED_AT_ONCE = 200;

/** What a room's stores held when they were read. */
export interface StoredDocument {
  readonly entries: readonly LoggedUpdate[];
  readonly snapshot: DocumentSnapshot | undefined;
}

export interface BuiltDocument {
  readonly doc: Y.Doc;
  /** Keys of entries that could not be applied; they stay out of the document and in the history. */
  readonly skipped: readonly string[];
}

/** Rule D2: the log first, then the snapshot. In the other order a compaction in between would hide what it merged. */
export async function readStored(room: RoomId, log: UpdateLog, snapshots: SnapshotStore): Promise<StoredDocument> {
  const entries: LoggedUpdate[] = [];
  for await (const page of log.read(room)) entries.push(...page);
  return { entries, snapshot: await snapshots.read(room) };
}

function applies(doc: Y.Doc, update: Uint8Array): boolean {
  try {
    Y.applyUpdate(doc, update);
    return true;
  } catch {
    return false;
  }
}

function merge(entries: readonly LoggedUpdate[]): Uint8Array | undefined {
  if (entries.length === 0) return undefined;
  try {
    let updates = entries.map(({ update }) => update);
    while (updates.length > 1) {
      const merged: Uint8Array[] = [];
      for (let at = 0; at < updates.length; at += MERGED_AT_ONCE) {
        merged.push(Y.mergeUpdates(updates.slice(at, at + MERGED_AT_ONCE)));
      }
      updates = merged;
    }
    return updates[0];
  } catch {
    return undefined;
  }
}

/**
 * Applies everything to a new document. An entry that throws in spite of rule D6 is skipped, so that it never
 * stands in the way of a join.
 */
export function buildDocument({ entries, snapshot }: StoredDocument): BuiltDocument {
  // At once: one by one, what waits for something would be merged anew at every entry.
  const merged = merge(entries);
  if (merged) {
    const doc = new Y.Doc();
    if (snapshot) Y.applyUpdate(doc, snapshot.update);
    if (applies(doc, merged)) return { doc, skipped: [] };
    doc.destroy();
  }
  const skipped = new Set<string>();
  let order: readonly LoggedUpdate[] = entries;
  for (;;) {
    const doc = new Y.Doc();
    if (snapshot) Y.applyUpdate(doc, snapshot.update);
    const needy: LoggedUpdate[] = [];
    let thrower: LoggedUpdate | undefined;
    for (const entry of order) {
      if (skipped.has(entry.key)) continue;
      if (!applies(doc, entry.update)) {
        thrower = entry;
        break;
      }
      if (doc.store.pendingStructs !== null) needy.push(entry);
    }
    if (!thrower) return { doc, skipped: [...skipped] };
    doc.destroy();
    // What waited for something comes last in the next try: the one that throws may only have brought what an
    // ill-made entry had waited for.
    const last = new Set(needy);
    const reordered = [...order.filter((entry) => !last.has(entry)), ...needy];
    if (needy.length > 0 && reordered.some((entry, at) => entry !== order[at])) order = reordered;
    else skipped.add(thrower.key);
  }
}
