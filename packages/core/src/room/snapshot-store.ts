/**
 * Port: a room's compacted document and its plain text.
 *
 * Its contract suite is `snapshot-store.contract.ts`.
 */
import type { DocumentText } from './document.ts';
import type { RoomId } from './ids.ts';

/** The document up to some moment, as one update. (Never bare "snapshot".) */
export interface DocumentSnapshot {
  /** Changes with every write; opaque. */
  readonly version: string;
  /** One Yjs update (format 1) holding everything that was merged. */
  readonly update: Uint8Array;
  /** The same as people read it; for first paint, search and export, never for reseeding (rule D4). */
  readonly text: DocumentText;
}

export type SnapshotWrite = { readonly kind: 'written'; readonly version: string } | { readonly kind: 'conflict' };

export interface SnapshotStore {
  read(room: RoomId): Promise<DocumentSnapshot | undefined>;
  /**
   * Replaces the snapshot if it still has the version that was read (rule D3); durable when it resolves.
   * @param expected the version read before, or undefined where there was none
   */
  write(room: RoomId, next: Omit<DocumentSnapshot, 'version'>, expected: string | undefined): Promise<SnapshotWrite>;
  /** Deletes every version. */
  remove(room: RoomId): Promise<void>;
}
