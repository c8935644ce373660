/** Brings own edits to the store: groups them, keeps them, sends them, and deals with what the server refuses. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { ErrorCode } from '@codeconnected/core/error/visible.ts';
import { toBase64 } from '@codeconnected/core/room/base64.ts';
import type { ClientFrameInput, Cursor, Grouping } from '@codeconnected/core/room/frames.ts';
import type { ClientId } from '@codeconnected/core/room/ids.ts';
import { EDIT_BYTES } from '@codeconnected/core/room/limits.ts';
import { covers, deletionsOf, vectorOf } from '@codeconnected/core/room/vector.ts';
import * as Y from 'yjs';
import type { PendingEdit } from './api.ts';
import { EditQueue } from './edits.ts';
import type { Keeper } from './keeper.ts';

/** Milliseconds that nothing is sent after the server asked to go slower, or failed. */
const SLOWER_MILLISECONDS = 1_000;
/** Milliseconds between tries to bring in what the server refused for now. */
const RECOVERY_MILLISECONDS = 1_000;

export interface EditSenderOptions {
  readonly client: ClientId;
  readonly clock: Clock;
  readonly keeper: Keeper;
  readonly doc: () => Y.Doc;
  readonly grouping: () => Grouping;
  /** Whether this connection was welcomed. */
  readonly ready: () => boolean;
  readonly send: (frame: ClientFrameInput) => void;
  /** The cursor, if it is to travel with the next edit; it counts as sent then. */
  readonly takeCursor: () => { readonly k: Cursor } | undefined;
  readonly fail: (code: ErrorCode, about: string) => void;
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
  #lastRecovery = Number.NEGATIVE_INFINITY;
  /** An own edit was refused for good; nothing counts as saved any more. */
  #refused = false;
  /** What the server was last known to hold. */
  #theirs: ReadonlyMap<number, number> = new Map();
  /** The document changed since the vector went out that the next sync answers. */
  #changedSinceVector = false;

  constructor(options: EditSenderOptions) {
    this.#options = options;
    this.#queue = new EditQueue(options.client);
  }

  get unsaved(): boolean {
    return this.#queue.size > 0 || this.grouping || this.#refused;
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

  /** Takes an edit that an earlier page left behind. */
  adopt(edit: PendingEdit): void {
    this.#queue.adopt(edit);
  }

  /** Ends the group: one numbered edit, handed to the keeper before it is sent. */
  flush(): void {
    this.#cancelGroup?.();
    this.#cancelGroup = undefined;
    if (this.#group.length === 0) return;
    const update = this.#group.length === 1 ? this.#group[0]! : Y.mergeUpdates(this.#group);
    this.#group = [];
    this.#lastFlush = this.#options.clock.monotonic();
    const edit = this.#queue.add(update);
    this.#options.keeper.put(edit);
    if (update.length > EDIT_BYTES) {
      this.#queue.hold(edit.client, edit.sequence);
      this.#options.fail('update-too-large', 'edit');
    }
    this.pump();
    const compacted = this.#queue.compact();
    if (compacted) this.#options.keeper.replace(compacted.edit, compacted.merged);
  }

  /** Sends what may be sent now. */
  pump(): void {
    const { clock, keeper, ready, send, takeCursor } = this.#options;
    const now = clock.monotonic();
    if (!ready() || now < this.#slowUntil) return;
    this.#recover(now);
    for (let going = this.#queue.next(now); going; going = this.#queue.next(now)) {
      const { edit, merged } = going;
      if (merged.length > 0) keeper.replace(edit, merged);
      this.#changedSinceVector = true;
      send({ t: 'edit', c: edit.client, n: edit.sequence, u: toBase64(edit.update), ...takeCursor() });
    }
  }

  /** To be called about once a second. */
  tick(): void {
    this.#queue.overdue(this.#options.clock.monotonic());
    this.pump();
  }

  acknowledged(client: ClientId, sequences: readonly number[]): void {
    if (!this.#queue.acknowledge(client, sequences)) return;
    this.#changedSinceVector = true;
    this.#options.keeper.acknowledged(client, sequences);
    this.#options.changed();
    this.pump();
  }

  /** The server did not take one edit. @returns whether the person is to read why */
  refused(code: ErrorCode, client: ClientId, sequence: number): boolean {
    if (code === 'internal') {
      this.slower();
      this.#queue.postpone(client, sequence);
    } else if (code === 'document-full' || code === 'update-too-costly') {
      this.#queue.hold(client, sequence);
    } else if (this.#queue.acknowledge(client, [sequence])) {
      this.#refused = true;
      this.#options.keeper.acknowledged(client, [sequence]);
      this.#options.changed();
    }
    return code !== 'internal';
  }

  /** Sends nothing for a moment; what was dropped is sent again in time. */
  slower(): void {
    this.#slowUntil = this.#options.clock.monotonic() + SLOWER_MILLISECONDS;
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
    this.#theirs = theirs;
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
    this.#refused = false;
    this.#theirs = new Map();
  }

  /**
   * Brings in what the server refused for now, as one update of what it lacks: a copy without an undo stack has
   * forgotten the text that was deleted again, so that deleting makes it small enough.
   */
  #recover(now: number): void {
    if (!this.#queue.retriable || now - this.#lastRecovery < RECOVERY_MILLISECONDS) return;
    this.#lastRecovery = now;
    const copy = new Y.Doc();
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(this.#options.doc()));
    const lacking = Y.encodeStateAsUpdate(copy, Y.encodeStateVector(new Map(this.#theirs)));
    copy.destroy();
    if (lacking.length > EDIT_BYTES) return;
    const { edit, instead } = this.#queue.replaceWaiting(lacking);
    this.#options.keeper.put(edit);
    for (const { client, sequence } of instead) this.#options.keeper.acknowledged(client, [sequence]);
  }
}
