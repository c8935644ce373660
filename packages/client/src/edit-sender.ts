/** Brings own edits to the store: groups them, keeps them, sends them, and deals with what the server refuses. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { ErrorCode } from '@codeconnected/core/error/visible.ts';
import { toBase64 } from '@codeconnected/core/room/base64.ts';
import type { ClientFrameInput, Cursor, Grouping } from '@codeconnected/core/room/frames.ts';
import type { ClientId } from '@codeconnected/core/room/ids.ts';
import { covers, deletionsOf, vectorOf } from '@codeconnected/core/room/vector.ts';
import * as Y from 'yjs';
import type { EditName, PendingEdit } from './api.ts';
import { cutUpdate } from './cut-update.ts';
import { EditQueue } from './edits.ts';
import type { Keeper } from './keeper.ts';

/** Milliseconds that nothing is sent after the server asked to go slower, or failed. */
const SLOWER_MILLISECONDS = 1_000;
/** Refusals of what may be taken another time, or in other pieces. */
const HELD: ReadonlySet<ErrorCode> = new Set(['document-full', 'disk-full', 'update-too-costly', 'update-too-large']);
/** First wait before what the server refused for now is tried again, milliseconds; doubles with every try. */
const RECOVERY_FIRST_MILLISECONDS = 1_000;
/** Longest wait between two tries: each makes the server measure the whole document. */
const RECOVERY_MOST_MILLISECONDS = 30_000;
/** Longest wait after something was deleted, here or elsewhere, which may have made room. */
const RECOVERY_ROOM_MILLISECONDS = 4_000;

export interface EditSenderOptions {
  readonly client: ClientId;
  readonly clock: Clock;
  readonly keeper: Keeper;
  readonly doc: () => Y.Doc;
  readonly grouping: () => Grouping;
  /** Whether this connection was welcomed. */
  readonly ready: () => boolean;
  readonly send: (frame: ClientFrameInput) => void;
  /** Bytes that were sent and wait for the network. */
  readonly buffered: () => number;
  /** The cursor, if it is to travel with the next edit; it counts as sent then. */
  readonly takeCursor: () => { readonly k: Cursor } | undefined;
  /** What is unsaved may have changed. */
  readonly changed: () => void;
}

export class EditSender {
  readonly #options: EditSenderOptions;
  readonly #queue: EditQueue;
  #group: Uint8Array[] = [];
  #cancelGroup: (() => void) | undefined;
  #lastFlush = Number.NEGATIVE_INFINITY;
  #slowUntil = Number.NEGATIVE_INFINITY;
  /** When what is held was last tried, and how long to wait until it is again. */
  #recoveredAt = Number.NEGATIVE_INFINITY;
  #recoveryWait = RECOVERY_FIRST_MILLISECONDS;
  /** Something was deleted since. */
  #roomMade = false;
  /** Why the server refused for now what has not come through yet. */
  #trouble: ErrorCode | undefined;
  /** Edits on their way that bring what was held. */
  readonly #recovering = new Set<number>();
  /** What the server was last known to hold; nothing is known before the first sync. */
  #theirs: Map<number, number> | undefined;
  /** The document changed since the vector went out that the next sync answers. */
  #changedSinceVector = false;

  constructor(options: EditSenderOptions) {
    this.#options = options;
    this.#queue = new EditQueue(options.client);
  }

  get unsaved(): boolean {
    return this.#queue.size > 0 || this.grouping;
  }

  /** Edits wait for company. */
  get grouping(): boolean {
    return this.#group.length > 0;
  }

  /** Takes what was just done here. */
  local(update: Uint8Array): void {
    this.#group.push(update);
    if (!this.#cancelGroup) {
      const { editMilliseconds, eager } = this.#options.grouping();
      const since = this.#options.clock.monotonic() - this.#lastFlush;
      const wait = eager ? Math.max(0, editMilliseconds - since) : editMilliseconds;
      this.#cancelGroup = this.#options.clock.after(wait, () => this.flush());
    }
    this.#options.changed();
  }

  /** Somebody else's edit came. */
  remote(): void {
    this.#changedSinceVector = true;
  }

  /** Something was deleted, here or elsewhere: a full document may have room again. */
  madeRoom(): void {
    this.#roomMade = true;
  }

  /** Edits that are not acknowledged, as updates; what is still grouped is none yet. */
  get updates(): readonly Uint8Array[] {
    return this.#queue.updates;
  }

  /** Takes an edit that an earlier page left behind, unless it is here. */
  adopt(edit: PendingEdit): void {
    if (!this.#queue.has(edit)) this.#queue.adopt(edit);
  }

  /** Names of all that is not acknowledged. */
  get names(): readonly EditName[] {
    return this.#queue.names;
  }

  /** Ends the group: one numbered edit, or several of a large one, handed to the keeper before they are sent. */
  flush(): void {
    this.#cancelGroup?.();
    this.#cancelGroup = undefined;
    if (this.#group.length === 0) return;
    const update = this.#group.length === 1 ? this.#group[0]! : Y.mergeUpdates(this.#group);
    this.#group = [];
    this.#lastFlush = this.#options.clock.monotonic();
    this.#options.keeper.put(cutUpdate(update).map((piece) => this.#queue.add(piece)));
    this.pump();
    const compacted = this.#queue.compact();
    if (compacted) this.#options.keeper.put(compacted.edits, compacted.instead);
  }

  /** Sends what may be sent now. */
  pump(): void {
    const { clock, keeper, ready, send, takeCursor } = this.#options;
    const now = clock.monotonic();
    if (!ready() || now < this.#slowUntil) return;
    this.#recover(now);
    for (let going = this.#queue.next(now); going; going = this.#queue.next(now)) {
      const { edit, instead } = going;
      if (instead.length > 0) keeper.put([edit], instead);
      this.#changedSinceVector = true;
      send({ t: 'edit', c: edit.client, n: edit.sequence, u: toBase64(edit.update), ...takeCursor() });
    }
  }

  /** To be called about once a second. */
  tick(): void {
    this.#queue.overdue(this.#options.clock.monotonic(), this.#options.buffered() > 0);
    this.pump();
  }

  acknowledged(client: ClientId, sequences: readonly number[]): void {
    const edits = this.#queue.acknowledge(client, sequences, this.#options.clock.monotonic());
    if (edits.length === 0) return;
    for (const { update } of edits) this.#theyHold(update);
    if (client === this.#options.client) for (const sequence of sequences) this.#recovering.delete(sequence);
    if (!this.#queue.holds && this.#recovering.size === 0) this.#trouble = undefined;
    this.#changedSinceVector = true;
    this.#options.keeper.acknowledged(client, sequences);
    this.#options.changed();
    this.pump();
  }

  /** The server did not take one edit. @returns whether the person is to read why */
  refused(code: ErrorCode, client: ClientId, sequence: number): boolean {
    if (code === 'internal' || code === 'too-fast') {
      this.slower();
      this.#queue.postpone(client, sequence);
      return false;
    }
    if (client === this.#options.client) this.#recovering.delete(sequence);
    if (!HELD.has(code)) {
      this.#queue.refuse(client, sequence);
      return true;
    }
    this.#queue.hold(client, sequence);
    if (!this.#trouble) {
      this.#recoveredAt = this.#options.clock.monotonic();
      this.#recoveryWait = RECOVERY_FIRST_MILLISECONDS;
    }
    const news = this.#trouble !== code;
    this.#trouble = code;
    // What was too large is cut when it goes again: there is nothing for a person to do.
    return news && code !== 'update-too-large';
  }

  /** Sends nothing for a moment; what was dropped is sent again in time. */
  slower(): void {
    this.#slowUntil = this.#options.clock.monotonic() + SLOWER_MILLISECONDS;
  }

  /** This connection was welcomed. */
  connected(): void {
    this.#hopeful();
    this.pump();
  }

  disconnected(): void {
    this.#queue.disconnected();
  }

  /** A vector goes out; the sync that answers it tells what the server had then. */
  asking(): void {
    this.#changedSinceVector = false;
  }

  /**
   * The server said what it holds. Sends what it lacks although it acknowledged everything, as after its store
   * was restored from an older copy.
   */
  synced(theirs: ReadonlyMap<number, number>, deletions: string): void {
    this.#theirs = new Map(theirs);
    if (this.unsaved || this.#changedSinceVector) return;
    const doc = this.#options.doc();
    const ours = vectorOf(doc);
    if (covers(theirs, ours) && (!covers(ours, theirs) || deletions === deletionsOf(doc))) return;
    this.#group.push(Y.encodeStateAsUpdate(doc, Y.encodeStateVector(new Map(theirs))));
    this.flush();
    this.#options.changed();
  }

  /** Forgets everything: the document was replaced. */
  clear(): void {
    this.#cancelGroup?.();
    this.#cancelGroup = undefined;
    this.#group = [];
    this.#queue.clear();
    this.#recovering.clear();
    this.#trouble = undefined;
    this.#hopeful();
    this.#theirs = undefined;
  }

  /** An own edit lies with the server, so that no later one need bring it. */
  #theyHold(update: Uint8Array): void {
    if (!this.#theirs) return;
    const { from, to } = Y.parseUpdateMeta(update);
    for (const [client, start] of from) {
      const known = this.#theirs.get(client) ?? 0;
      if (start <= known) this.#theirs.set(client, Math.max(known, to.get(client) ?? 0));
    }
  }

  /** What is held is tried again at once, and soon after that. */
  #hopeful(): void {
    this.#recoveredAt = Number.NEGATIVE_INFINITY;
    this.#recoveryWait = RECOVERY_FIRST_MILLISECONDS;
  }

  /**
   * Brings in what the server refused for now, as updates of what it lacks: a copy without an undo stack has
   * forgotten the text that was deleted again, so that deleting makes it small enough.
   */
  #recover(now: number): void {
    if (!this.#queue.holds || !this.#theirs) return;
    const wait = this.#roomMade ? Math.min(this.#recoveryWait, RECOVERY_ROOM_MILLISECONDS) : this.#recoveryWait;
    if (now - this.#recoveredAt < wait) return;
    this.#recoveredAt = now;
    this.#recoveryWait = Math.min(2 * this.#recoveryWait, RECOVERY_MOST_MILLISECONDS);
    this.#roomMade = false;
    const copy = new Y.Doc();
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(this.#options.doc()));
    const lacking = Y.encodeStateAsUpdate(copy, Y.encodeStateVector(this.#theirs));
    copy.destroy();
    const { edits, instead } = this.#queue.replaceWaiting(cutUpdate(lacking));
    for (const { sequence } of edits) this.#recovering.add(sequence);
    this.#options.keeper.put(edits, instead);
  }
}
