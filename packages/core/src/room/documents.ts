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
import { Waiting } from './waiting.ts';
import type { Workbench } from './workbench.ts';

/** Live documents kept at once; each room where somebody writes has one. */
const LIVE_MOST = 1_000;
/** Bytes of memory that they may take together, about; the one in use may take more. */
const LIVE_BYTES = 256 * 1024 * 1024;
/** Bytes of memory for each struct of a document: an item with its ids and its content. */
const STRUCT_BYTES = 300;
/** Bytes that are appended, to all of them together, between two looks at what they take. */
const LOOK_BYTES = 64 * 1024;
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
  /** Bytes of memory that live documents may take together, about. */
  readonly liveBytes?: number;
}

interface Live {
  readonly doc: Promise<Y.Doc>;
  /** Set once `doc` is there. */
  ready: Y.Doc | undefined;
  /** Appended while the document was being read. */
  early: Uint8Array[];
  readonly waiting: Waiting;
}

/** An edit that may become part of the document. */
interface Candidate {
  readonly update: Uint8Array;
  readonly inserts: boolean;
  /** It may cost more steps than what is applied untried. */
  readonly costly: boolean;
}

export class Documents {
  readonly #options: DocumentsOptions;
  readonly #documentBytes: number;
  readonly #liveBytes: number;
  /** Least recently used first. */
  readonly #live = new Map<RoomId, Live>();
  readonly #sizes = new Map<RoomId, number>();
  /** Those who wait for further edits, whether or not the document is live. */
  readonly #waiters = new Map<RoomId, Set<() => void>>();
  readonly #turns = new Map<RoomId, Turnstile>();
  /** When each full document was last measured. */
  readonly #measured = new Map<RoomId, number>();
  /** Bytes appended since it was last looked what the live documents take. */
  #unlooked = 0;

  constructor(options: DocumentsOptions) {
    this.#options = options;
    this.#documentBytes = options.documentBytes ?? DOCUMENT_BYTES;
    this.#liveBytes = options.liveBytes ?? LIVE_BYTES;
  }

  /** The document with everything whose append had resolved. It is the server's own: read it, never change it. */
  async read(room: RoomId): Promise<Y.Doc> {
    if (!this.#options.onlyWriter) return this.#build(room);
    return this.#open(room).doc;
  }

  /** To be called after every append, before the connections are read. */
  appended(room: RoomId, update: Uint8Array): void {
    const live = this.#live.get(room);
    live?.waiting.coming.delete(update);
    if (live?.ready) this.#apply(room, live, live.ready, update);
    else live?.early.push(update);
    for (const waiter of this.#waiters.get(room) ?? []) waiter();
    this.#unlooked += update.length;
    if (this.#unlooked >= LOOK_BYTES) this.#evict(room);
  }

  /**
   * Whether the document may take the update. If so it counts as on its way until `appended` or `release`, so that many
   * at once do not each find the same room.
   * @param inserts whether the update brings anything
   * @param spend told the milliseconds that looking at it took this thread
   */
  async admit(
    room: RoomId,
    update: Uint8Array,
    inserts: boolean,
    spend: (milliseconds: number) => void = () => undefined,
  ): Promise<Admission> {
    const { clock } = this.#options;
    const decoded = Y.decodeUpdate(update);
    // What is tried first goes alone: nothing else changes the document between its trial and its append.
    for (let alone = false; ; alone = true) {
      const leave = await this.#enter(room, alone);
      try {
        if (!this.#sizes.has(room)) await this.read(room);
        const live = this.#options.onlyWriter ? this.#open(room) : undefined;
        const doc = await live?.doc;
        // From here to where its bytes are set aside without a pause, so that no other sees the same room.
        const from = clock.monotonic();
        const costly = doc !== undefined && live !== undefined && this.#costs(doc, live, decoded) > STEPS_MOST;
        spend(clock.monotonic() - from);
        const small = this.#small(room, update, inserts);
        if (alone || (small && !costly)) {
          let code: RefusalCode | undefined;
          if (doc && live && !live.waiting.takes(doc, update, decoded)) code = 'too-fast';
          else if (inserts && doc && doc.store.clients.size > VECTOR_ENTRIES) code = 'document-full';
          else if (small && !costly) this.#grow(room, update.length);
          else code = await this.#try(room, { update, inserts, costly });
          if (code === undefined) return { kind: 'admitted', leave };
          live?.waiting.coming.delete(update);
          leave();
          return { kind: 'refused', code };
        }
      } catch (problem) {
        this.#live.get(room)?.waiting.coming.delete(update);
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
    const waiting = live.waiting.structs(doc);
    let others = 0;
    for (const coming of live.waiting.coming.values()) others += coming.structs;
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
    this.#live.get(room)?.waiting.coming.delete(update);
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
      waiting: new Waiting(),
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
    try {
      live.waiting.apply(doc, update);
    } catch {
      // The document may be half changed: the next reader builds it anew, without the entry at fault.
      if (this.#live.get(room) === live) this.#live.delete(room);
    }
  }

  #change(room: RoomId, most: number): Promise<void> {
    const waiters = this.#waiters.get(room) ?? new Set();
    this.#waiters.set(room, waiters);
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        waiters.delete(done);
        if (waiters.size === 0 && this.#waiters.get(room) === waiters) this.#waiters.delete(room);
        resolve();
      };
      const cancel = this.#options.clock.after(most, done);
      waiters.add(done);
    });
  }

  #evict(keep: RoomId): void {
    this.#unlooked = 0;
    let bytes = 0;
    const costs = new Map<RoomId, number>();
    for (const [room, { ready }] of this.#live) {
      const cost = ready ? bytesOf(ready, this.#sizes.get(room) ?? 0) : 0;
      costs.set(room, cost);
      bytes += cost;
    }
    for (const [room, { ready }] of this.#live) {
      if (this.#live.size <= LIVE_MOST && bytes <= this.#liveBytes) return;
      if (room === keep || !ready) continue;
      this.#live.delete(room);
      bytes -= costs.get(room) ?? 0;
    }
  }
}

/** Bytes of memory that a document takes, about. @param size its bytes, encoded */
function bytesOf(doc: Y.Doc, size: number): number {
  let structs = 0;
  for (const each of doc.store.clients.values()) structs += each.length;
  return structs * STRUCT_BYTES + size;
}
