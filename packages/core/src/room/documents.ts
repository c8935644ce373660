/**
 * Rooms' documents as the server holds them: read from log and snapshot, and kept live where this process is the
 * log's only writer.
 */
import * as Y from 'yjs';
import type { Clock } from '../clock.ts';
import { buildDocument, readStored } from './build-document.ts';
import { type DocumentText, readDocument } from './document.ts';
import type { RoomId } from './ids.ts';
import { DOCUMENT_BYTES } from './limits.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import type { UpdateLog } from './update-log.ts';
import { covers, type Deletions, deletes, vectorOf } from './vector.ts';

/** Live documents kept at once. */
const LIVE_MOST = 100;
/** Bytes of them, encoded: in memory a document takes some twenty times as much. */
const LIVE_BYTES = 6 * 1024 * 1024;
/** Rooms whose size is remembered; a number each. */
const SIZES_MOST = 10_000;
/** Milliseconds that `covering` waits for edits on the way. */
const COVERING_MILLISECONDS = 5_000;
/** Milliseconds between looks at the store where others write to it too. */
const POLL_MILLISECONDS = 250;
/** Milliseconds between measurements of a full document: each takes as long as a join. */
const MEASURE_MILLISECONDS = 1_000;
/** How far deletions may take a full document beyond its bound, since each takes some bytes before it frees any. */
const DELETING_MARGIN = 1.25;

/**
 * Updates of one room that wait for what they build on: Yjs merges all that waits at every further one. Honest pages
 * have some, where messages overtake each other.
 */
const WAITING_UPDATES = 50;
/** Bytes of them. */
const WAITING_BYTES = 64 * 1024;

export interface DocumentsOptions {
  readonly log: UpdateLog;
  readonly snapshots: SnapshotStore;
  readonly clock: Clock;
  /** Whether every append to the log is told to `appended`; then documents are kept live. */
  readonly onlyWriter: boolean;
  /** Told of entries that could not be applied. */
  readonly report: (room: RoomId, keys: readonly string[]) => void;
  /** Bytes that a document may have, encoded. */
  readonly documentBytes?: number;
}

interface Live {
  readonly doc: Promise<Y.Doc>;
  /** Set once `doc` is there. */
  ready: Y.Doc | undefined;
  /** Appended while the document was being read. */
  early: Uint8Array[];
  readonly waiters: Set<() => void>;
  /** Admitted and not appended yet, with how far each brings its clients; empty where it builds on what is not there. */
  readonly coming: Map<Uint8Array, ReadonlyMap<number, number>>;
  /** Updates since nothing waited that had to. */
  waited: number;
}

export class Documents {
  readonly #options: DocumentsOptions;
  readonly #documentBytes: number;
  /** Least recently used first. */
  readonly #live = new Map<RoomId, Live>();
  readonly #sizes = new Map<RoomId, number>();
  /** When each full document was last measured. */
  readonly #measured = new Map<RoomId, number>();

  constructor(options: DocumentsOptions) {
    this.#options = options;
    this.#documentBytes = options.documentBytes ?? DOCUMENT_BYTES;
  }

  /** The document with everything whose append had resolved. It is the server's own: read it, never change it. */
  async read(room: RoomId): Promise<Y.Doc> {
    if (!this.#options.onlyWriter) return this.#build(room);
    return this.#open(room).doc;
  }

  /** To be called after every append, before the connections are read. */
  appended(room: RoomId, update: Uint8Array): void {
    const live = this.#live.get(room);
    if (!live) return;
    live.coming.delete(update);
    if (live.ready) this.#apply(room, live, live.ready, update);
    else live.early.push(update);
    for (const waiter of live.waiters) waiter();
  }

  /**
   * Whether the document may take the update: within its size, or only deleting. If so the update's bytes are set
   * aside, so that many at once do not each find the same room.
   * @param inserts whether the update brings anything
   */
  async admit(room: RoomId, update: Uint8Array, inserts: boolean): Promise<boolean> {
    if (!this.#sizes.has(room)) await this.read(room);
    const most = this.#documentBytes;
    const fits = () => {
      const estimate = (this.#sizes.get(room) ?? 0) + update.length;
      if (estimate > (inserts ? most : most * DELETING_MARGIN)) return false;
      this.#grow(room, update.length);
      return true;
    };
    if (fits()) return true;
    const now = this.#options.clock.monotonic();
    if (now - (this.#measured.get(room) ?? Number.NEGATIVE_INFINITY) < MEASURE_MILLISECONDS) return false;
    this.#measured.set(room, now);
    // The sum of updates is more than the document, which forgets deleted text: now measure.
    const doc = await this.read(room);
    this.#sizes.set(room, Y.encodeStateAsUpdate(doc).length);
    return fits() || this.#shrinks(doc, update);
  }

  /** Whether an update leaves a full document smaller than it is, as one that brings text and its deletion may. */
  #shrinks(doc: Y.Doc, update: Uint8Array): boolean {
    const copy = new Y.Doc();
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
    const before = Y.encodeStateAsUpdate(copy).length;
    Y.applyUpdate(copy, update);
    const after = Y.encodeStateAsUpdate(copy).length;
    copy.destroy();
    return after <= this.#documentBytes || after < before;
  }

  /**
   * Whether the document may take the update now: it builds on what is there or on its way, or few others wait.
   * Whoever is refused sends it again after what it builds on. To be followed by `appended` or `release`.
   */
  async inOrder(room: RoomId, update: Uint8Array): Promise<boolean> {
    const live = this.#live.get(room);
    if (!live) return true;
    const doc = await live.doc;
    const { pendingStructs, pendingDs } = doc.store;
    const ends = endsOf(doc, live.coming.values(), update);
    if (ends.size === 0) {
      const coming = [...live.coming].filter(([, known]) => known.size === 0);
      if (!pendingStructs && !pendingDs) live.waited = 0;
      const bytes = coming.reduce((sum, [{ length }]) => sum + length, update.length);
      const waiting = (pendingStructs?.update.length ?? 0) + (pendingDs?.length ?? 0);
      // A large one may wait alone.
      const alone = waiting === 0 && coming.length === 0;
      if (live.waited + coming.length >= WAITING_UPDATES) return false;
      if (!alone && bytes + waiting > WAITING_BYTES) return false;
    }
    live.coming.set(update, ends);
    return true;
  }

  /** An update that was admitted did not get into the log. */
  release(room: RoomId, update: Uint8Array): void {
    this.unplan(room, update);
    this.#grow(room, -update.length);
  }

  /** An update that was in order did not go on. */
  unplan(room: RoomId, update: Uint8Array): void {
    this.#live.get(room)?.coming.delete(update);
  }

  #grow(room: RoomId, bytes: number): void {
    const size = this.#sizes.get(room);
    if (size !== undefined) this.#sizes.set(room, size + bytes);
  }

  /** The document once it holds everything up to a vector, and these deletions; undefined if that does not come in time. */
  async covering(room: RoomId, vector: ReadonlyMap<number, number>, deletions?: Deletions): Promise<Y.Doc | undefined> {
    const { clock, onlyWriter } = this.#options;
    const until = clock.monotonic() + COVERING_MILLISECONDS;
    for (;;) {
      const doc = await this.read(room);
      if (covers(vectorOf(doc), vector) && (!deletions || deletes(doc, deletions))) return doc;
      const left = until - clock.monotonic();
      if (left <= 0) return undefined;
      await this.#change(room, onlyWriter ? left : Math.min(left, POLL_MILLISECONDS));
    }
  }

  /** The document as people read it, as cheaply as may be; undefined where nothing was ever stored. */
  async text(room: RoomId): Promise<DocumentText | undefined> {
    const { log, snapshots } = this.#options;
    if (!this.#live.has(room) && (await log.weight(room)).entries === 0) {
      // Read after the log, as ever: what a compaction moved meanwhile is in the snapshot.
      return (await snapshots.read(room))?.text;
    }
    return readDocument(await this.read(room));
  }

  /** Forgets a room that was removed. */
  forget(room: RoomId): void {
    this.#sizes.delete(room);
    this.#measured.delete(room);
    const live = this.#live.get(room);
    this.#live.delete(room);
    live?.ready?.destroy();
  }

  async #build(room: RoomId): Promise<Y.Doc> {
    const stored = await readStored(room, this.#options.log, this.#options.snapshots);
    const { doc, skipped } = buildDocument(stored);
    if (skipped.length > 0) this.#options.report(room, skipped);
    const logged = stored.entries.reduce((sum, entry) => sum + entry.update.length, 0);
    this.#sizes.delete(room);
    this.#sizes.set(room, logged + (stored.snapshot?.update.length ?? 0));
    if (this.#sizes.size > SIZES_MOST) this.#sizes.delete(this.#sizes.keys().next().value!);
    return doc;
  }

  #open(room: RoomId): Live {
    const known = this.#live.get(room);
    if (known) {
      this.#live.delete(room);
      this.#live.set(room, known);
      return known;
    }
    const live: Live = {
      doc: this.#load(room, () => live),
      ready: undefined,
      early: [],
      waiters: new Set(),
      coming: new Map(),
      waited: 0,
    };
    this.#live.set(room, live);
    live.doc.catch(() => {
      if (this.#live.get(room) === live) this.#live.delete(room);
    });
    return live;
  }

  async #load(room: RoomId, self: () => Live): Promise<Y.Doc> {
    const doc = await this.#build(room);
    const live = self();
    live.ready = doc;
    for (const update of live.early.splice(0)) this.#apply(room, live, doc, update);
    this.#evict(room);
    return doc;
  }

  #apply(room: RoomId, live: Live, doc: Y.Doc, update: Uint8Array): void {
    const { pendingStructs, pendingDs } = doc.store;
    try {
      Y.applyUpdate(doc, update);
      const { store } = doc;
      const waits = store.pendingStructs !== pendingStructs || store.pendingDs !== pendingDs;
      if (waits && (store.pendingStructs || store.pendingDs)) live.waited += 1;
    } catch {
      // The document may be half changed: the next reader builds it anew, without the entry at fault.
      if (this.#live.get(room) === live) this.#live.delete(room);
    }
  }

  #change(room: RoomId, most: number): Promise<void> {
    return new Promise((resolve) => {
      const waiters = this.#live.get(room)?.waiters;
      const done = () => {
        cancel();
        waiters?.delete(done);
        resolve();
      };
      const cancel = this.#options.clock.after(most, done);
      waiters?.add(done);
    });
  }

  #evict(keep: RoomId): void {
    let bytes = 0;
    for (const room of this.#live.keys()) bytes += this.#sizes.get(room) ?? 0;
    for (const [room, live] of this.#live) {
      if (this.#live.size <= LIVE_MOST && bytes <= LIVE_BYTES) return;
      if (room === keep || live.waiters.size > 0 || !live.ready) continue;
      this.#live.delete(room);
      bytes -= this.#sizes.get(room) ?? 0;
    }
  }
}

/**
 * How far an update brings each of its clients, given the document and what is on its way to it. Empty where it builds
 * on something else, or brings nothing.
 */
function endsOf(doc: Y.Doc, coming: Iterable<ReadonlyMap<number, number>>, update: Uint8Array): Map<number, number> {
  const { structs, ds } = Y.decodeUpdate(update);
  const ends = new Map<number, number>();
  const others = [...coming];
  const memory = new Map<number, number>();
  const known = (client: number) => {
    let state = memory.get(client);
    if (state === undefined) {
      state = others.reduce((most, end) => Math.max(most, end.get(client) ?? 0), Y.getState(doc.store, client));
      memory.set(client, state);
    }
    return Math.max(state, ends.get(client) ?? 0);
  };
  const nothing = new Map<number, number>();
  for (const { id, length } of structs) {
    if (id.clock > known(id.client)) return nothing;
    ends.set(id.client, Math.max(known(id.client), id.clock + length));
  }
  const beyond = (id: Y.ID | null) => id !== null && id.clock >= known(id.client);
  for (const struct of structs) {
    if (struct instanceof Y.Skip) return nothing;
    if (struct instanceof Y.Item && (beyond(struct.origin) || beyond(struct.rightOrigin))) return nothing;
  }
  for (const [client, ranges] of ds.clients) {
    if (ranges.some(({ clock, len }) => clock + len > known(client))) return nothing;
    ends.set(client, known(client));
  }
  return ends;
}
