/**
 * Rooms' documents as the server holds them: read from log and snapshot, and kept live where this process is the
 * log's only writer.
 */
import * as Y from 'yjs';
import type { Clock } from '../clock.ts';
import { buildDocument, readStored } from './build-document.ts';
import { type Decoded, stepsOf } from './cost.ts';
import { type DocumentText, readDocument } from './document.ts';
import type { RoomId } from './ids.ts';
import { DOCUMENT_BYTES } from './limits.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import { Turnstile } from './turnstile.ts';
import type { UpdateLog } from './update-log.ts';
import { covers, type Deletions, deletes, VECTOR_ENTRIES, vectorOf } from './vector.ts';
import type { Workbench } from './workbench.ts';

/** Live documents kept at once; each room where somebody writes has one. */
const LIVE_MOST = 1_000;
/** Bytes of them, encoded: in memory a document takes some twenty times as much. */
const LIVE_BYTES = 6 * 1024 * 1024;
/** Rooms whose size is remembered; a number each. */
const SIZES_MOST = 10_000;
/** Milliseconds that `covering` waits for edits on the way. */
const COVERING_MILLISECONDS = 5_000;
/** Milliseconds between looks at the store where others write to it too. */
const POLL_MILLISECONDS = 250;
/** Milliseconds between measurements of a full document, each of which builds it anew beside. */
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

/** Steps of Yjs that an update may cost without being tried beside first: some 25 ms, at less than 0.1 µs. */
const STEPS_MOST = 300_000;

/** Whether an edit may be appended. */
export type Admission =
  /** `leave` is to be called once it was appended and told, or did not get into the log: others wait for it. */
  { readonly kind: 'admitted'; readonly leave: () => void } | { readonly kind: 'refused'; readonly code: RefusalCode };
type RefusalCode = 'too-fast' | 'document-full' | 'update-too-costly';

export interface DocumentsOptions {
  readonly log: UpdateLog;
  readonly snapshots: SnapshotStore;
  readonly clock: Clock;
  /** Where an update is tried that may cost much, and where a full document is measured. */
  readonly workbench: Pick<Workbench, 'try'>;
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
  /** Admitted and not appended yet. */
  readonly coming: Map<Uint8Array, Coming>;
  /** Updates since nothing waited that had to. */
  waited: number;
}

/** An edit that may become part of the document. */
interface Candidate {
  readonly update: Uint8Array;
  readonly inserts: boolean;
  /** It may cost more steps than what is applied untried. */
  readonly costly: boolean;
}

interface Coming {
  /** How far it brings its clients; empty where it builds on what is not there. */
  readonly ends: ReadonlyMap<number, number>;
  readonly structs: number;
}

export class Documents {
  readonly #options: DocumentsOptions;
  readonly #documentBytes: number;
  /** Least recently used first. */
  readonly #live = new Map<RoomId, Live>();
  readonly #sizes = new Map<RoomId, number>();
  readonly #turns = new Map<RoomId, Turnstile>();
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
   * Whether the document may take the update. If so it counts as on its way until `appended` or `release`, so that many
   * at once do not each find the same room.
   * @param inserts whether the update brings anything
   */
  async admit(room: RoomId, update: Uint8Array, inserts: boolean): Promise<Admission> {
    const decoded = Y.decodeUpdate(update);
    // What is tried first goes alone: nothing else changes the document between its trial and its append.
    for (let alone = false; ; alone = true) {
      const leave = await this.#enter(room, alone);
      try {
        if (!this.#sizes.has(room)) await this.read(room);
        const live = this.#options.onlyWriter ? this.#open(room) : undefined;
        const doc = await live?.doc;
        // From here to where its bytes are set aside without a pause, so that no other sees the same room.
        const costly = doc !== undefined && live !== undefined && this.#costs(doc, live, decoded) > STEPS_MOST;
        const small = this.#small(room, update, inserts);
        if (alone || (small && !costly)) {
          let code: RefusalCode | undefined;
          if (doc && live && !inOrder(doc, live, update, decoded)) code = 'too-fast';
          else if (inserts && doc && doc.store.clients.size > VECTOR_ENTRIES) code = 'document-full';
          else if (small && !costly) this.#grow(room, update.length);
          else code = await this.#try(room, { update, inserts, costly });
          if (code === undefined) return { kind: 'admitted', leave };
          live?.coming.delete(update);
          leave();
          return { kind: 'refused', code };
        }
      } catch (problem) {
        this.#live.get(room)?.coming.delete(update);
        leave();
        throw problem;
      }
      leave();
    }
  }

  async #enter(room: RoomId, alone: boolean): Promise<() => void> {
    const turns = this.#turns.get(room) ?? new Turnstile();
    this.#turns.set(room, turns);
    const leave = await turns.enter(alone);
    return () => {
      leave();
      if (turns.idle && this.#turns.get(room) === turns) this.#turns.delete(room);
    };
  }

  /** Steps that an update costs, with what waits for it in the document. */
  #costs(doc: Y.Doc, live: Live, { structs, ds }: Decoded): number {
    const waiting = doc.store.pendingStructs ? Y.decodeUpdate(doc.store.pendingStructs.update).structs : [];
    let others = 0;
    for (const coming of live.coming.values()) others += coming.structs;
    return stepsOf(doc, { structs: [...waiting, ...structs], ds }, others, STEPS_MOST);
  }

  /** Tries an update beside: how long it takes, and whether a full document takes it. */
  async #try(room: RoomId, { update, inserts, costly }: Candidate): Promise<RefusalCode | undefined> {
    if (!costly && !this.#mayMeasure(room)) return 'document-full';
    const { log, snapshots, workbench } = this.#options;
    const trial = await workbench.try(await readStored(room, log, snapshots), update);
    if (trial.kind === 'too-costly') return 'update-too-costly';
    // The sum of updates is more than the document, which forgets deleted text; a full one may still become smaller.
    this.#sizes.set(room, trial.before);
    const fits = this.#small(room, update, inserts) || trial.after <= this.#documentBytes || trial.after < trial.before;
    if (!fits) return 'document-full';
    this.#grow(room, update.length);
    return undefined;
  }

  /** Whether an update surely fits: what only deletes may go a little beyond the bound. */
  #small(room: RoomId, { length }: Uint8Array, inserts: boolean): boolean {
    const most = this.#documentBytes * (inserts ? 1 : DELETING_MARGIN);
    return (this.#sizes.get(room) ?? 0) + length <= most;
  }

  #mayMeasure(room: RoomId): boolean {
    const now = this.#options.clock.monotonic();
    if (now - (this.#measured.get(room) ?? Number.NEGATIVE_INFINITY) < MEASURE_MILLISECONDS) return false;
    this.#measured.set(room, now);
    return true;
  }

  /** An update that was admitted did not get into the log. */
  release(room: RoomId, update: Uint8Array): void {
    this.#live.get(room)?.coming.delete(update);
    this.#grow(room, -update.length);
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
 * Whether a document may take an update now: it builds on what is there or on its way, or few others wait. If so it is
 * on its way. Whoever is refused sends it again after what it builds on.
 */
function inOrder(doc: Y.Doc, live: Live, update: Uint8Array, decoded: Decoded): boolean {
  const { pendingStructs, pendingDs } = doc.store;
  const known = [...live.coming.values()].map(({ ends }) => ends);
  const ends = endsOf(doc, known, decoded);
  if (ends.size === 0) {
    const coming = [...live.coming].filter(([, { ends }]) => ends.size === 0);
    if (!pendingStructs && !pendingDs) live.waited = 0;
    const bytes = coming.reduce((sum, [{ length }]) => sum + length, update.length);
    const waiting = (pendingStructs?.update.length ?? 0) + (pendingDs?.length ?? 0);
    // A large one may wait alone.
    const alone = waiting === 0 && coming.length === 0;
    if (live.waited + coming.length >= WAITING_UPDATES) return false;
    if (!alone && bytes + waiting > WAITING_BYTES) return false;
  }
  live.coming.set(update, { ends, structs: decoded.structs.length });
  return true;
}

/**
 * How far an update brings each of its clients, given the document and what is on its way to it. Empty where it builds
 * on something else, or brings nothing.
 */
function endsOf(
  doc: Y.Doc,
  others: readonly ReadonlyMap<number, number>[],
  { structs, ds }: Decoded,
): Map<number, number> {
  const ends = new Map<number, number>();
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
