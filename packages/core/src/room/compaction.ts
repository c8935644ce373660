/**
 * Replaces a room's snapshot and log by one snapshot (rule D3). Every step may be repeated, and a crash between
 * any two of them loses nothing: what is in the log twice, or in log and snapshot, is one and the same edit.
 */
import type { Clock } from '../clock.ts';
import { readStored } from './build-document.ts';
import type { History } from './history.ts';
import type { RoomId } from './ids.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import type { LogWeight, UpdateLog } from './update-log.ts';
import type { Workbench } from './workbench.ts';

/** Entries that a join reads before it is worth merging them: some ten milliseconds. */
export const COMPACT_ENTRIES = 500;
/** Bytes of the log, likewise. */
export const COMPACT_BYTES = 512 * 1024;
/** Milliseconds without an edit after which even a few entries are merged, so that pages of resting rooms come from the snapshot. */
export const COMPACT_IDLE_MILLISECONDS = 60_000;
/** Milliseconds until a compaction that failed, or met another, is tried again. */
export const COMPACT_RETRY_MILLISECONDS = 30_000;

export interface CompactionStores {
  readonly log: UpdateLog;
  readonly snapshots: SnapshotStore;
  readonly history: History;
  /** Where documents are put together. */
  readonly workbench: Pick<Workbench, 'merge'>;
}

export type CompactionResult =
  | { readonly kind: 'nothing' }
  /** `skipped`: keys of entries that could not be applied; the history keeps them. */
  | { readonly kind: 'done'; readonly entries: number; readonly skipped: readonly string[] }
  /** Somebody else wrote the snapshot meanwhile; nothing was deleted. */
  | { readonly kind: 'conflict' };

/** Whether a log is worth compacting. */
export function compactionDue(weight: LogWeight, idleMilliseconds: number): boolean {
  if (weight.entries === 0) return false;
  if (weight.entries >= COMPACT_ENTRIES || weight.bytes >= COMPACT_BYTES) return true;
  return idleMilliseconds >= COMPACT_IDLE_MILLISECONDS;
}

/** A segment's name, made of its entries' keys alone: archiving it again is the same segment. */
async function segmentId(keys: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode([...keys].sort().join('\n'));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Merges a room's log into its snapshot. */
export async function compact(room: RoomId, stores: CompactionStores): Promise<CompactionResult> {
  const { log, snapshots, history, workbench } = stores;
  const stored = await readStored(room, log, snapshots);
  if (stored.entries.length === 0) return { kind: 'nothing' };
  const keys = stored.entries.map((entry) => entry.key);
  const { update, text, skipped } = await workbench.merge(stored);
  await history.archive(room, { id: await segmentId(keys), entries: stored.entries });
  const write = await snapshots.write(room, { update, text }, stored.snapshot?.version);
  if (write.kind === 'conflict') return { kind: 'conflict' };
  await log.remove(room, keys);
  return { kind: 'done', entries: keys.length, skipped };
}

export interface CompactionScheduleOptions {
  readonly log: Pick<UpdateLog, 'weight'>;
  readonly clock: Clock;
  /** Does the work, in a worker thread where there is one. */
  readonly compact: (room: RoomId) => Promise<CompactionResult>;
  readonly report: (room: RoomId, problem: unknown) => void;
}

interface Watched {
  /** Undefined until the log was weighed. */
  weight: LogWeight | undefined;
  lastEdit: number;
  cancel: (() => void) | undefined;
}

/** Decides when each room is compacted; one at a time, since it is work for a whole core. */
export class CompactionSchedule {
  readonly #options: CompactionScheduleOptions;
  readonly #rooms = new Map<RoomId, Watched>();
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: CompactionScheduleOptions) {
    this.#options = options;
  }

  /** A room was opened: its log may be long from before. */
  opened(room: RoomId): void {
    if (this.#rooms.has(room)) return;
    this.#watch(room);
    this.#plan(room, COMPACT_IDLE_MILLISECONDS);
  }

  /** An update was appended. */
  appended(room: RoomId, bytes: number): void {
    const watched = this.#rooms.get(room) ?? this.#watch(room);
    const { entries, bytes: before } = watched.weight ?? { entries: 0, bytes: 0 };
    watched.weight = { entries: entries + 1, bytes: before + bytes };
    watched.lastEdit = this.#options.clock.monotonic();
    if (compactionDue(watched.weight, 0)) this.#plan(room, 0);
    else if (!watched.cancel) this.#plan(room, COMPACT_IDLE_MILLISECONDS);
  }

  /** Starts no more work, and resolves when the present one is done. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { cancel } of this.#rooms.values()) cancel?.();
    this.#rooms.clear();
    await this.#last;
  }

  #watch(room: RoomId): Watched {
    const watched: Watched = { weight: undefined, lastEdit: this.#options.clock.monotonic(), cancel: undefined };
    this.#rooms.set(room, watched);
    return watched;
  }

  #plan(room: RoomId, milliseconds: number): void {
    const watched = this.#rooms.get(room);
    if (!watched || this.#closed) return;
    watched.cancel?.();
    watched.cancel = this.#options.clock.after(milliseconds, () => {
      watched.cancel = undefined;
      this.#last = this.#last.then(() => this.#look(room, watched));
    });
  }

  async #look(room: RoomId, watched: Watched): Promise<void> {
    if (this.#closed || this.#rooms.get(room) !== watched) return;
    try {
      const weight = await this.#options.log.weight(room);
      const idle = this.#options.clock.monotonic() - watched.lastEdit;
      if (!compactionDue(weight, idle)) {
        watched.weight = weight;
        if (weight.entries === 0) this.#forget(room, watched);
        else this.#plan(room, COMPACT_IDLE_MILLISECONDS - idle);
        return;
      }
      watched.weight = { entries: 0, bytes: 0 };
      const result = await this.#options.compact(room);
      if (result.kind === 'conflict') this.#plan(room, COMPACT_RETRY_MILLISECONDS);
      else if (!watched.cancel) this.#plan(room, COMPACT_IDLE_MILLISECONDS);
      if (result.kind === 'done' && result.skipped.length > 0) this.#options.report(room, result.skipped);
    } catch (problem) {
      this.#options.report(room, problem);
      this.#plan(room, COMPACT_RETRY_MILLISECONDS);
    }
  }

  #forget(room: RoomId, watched: Watched): void {
    if (!watched.cancel) this.#rooms.delete(room);
  }
}
