/** Own edits on their way to the store: numbered, merged while they wait, resent until acknowledged. No I/O. */
import type { ClientId } from '@codeconnected/core/room/ids.ts';
import { EDIT_BYTES } from '@codeconnected/core/room/limits.ts';
import * as Y from 'yjs';
import type { PendingEdit } from './api.ts';

/** Edits on the wire at once; what comes meanwhile is merged into fewer. */
export const FLIGHT_EDITS = 32;
/** Bytes on the wire at once, so that a long offline evening stays under the server's rate. */
export const FLIGHT_BYTES = 256 * 1024;
/** Milliseconds without acknowledgement until an edit is sent again on the same connection. */
export const RESEND_MILLISECONDS = 5_000;

/** Never-sent edits after which they are merged, so that a long offline evening leaves few behind. */
const FRESH_EDITS = 64;
/** Bytes of an edit beyond which merging it again and again would cost more than it saves. */
const MERGED_BYTES = 64 * 1024;

/**
 * `fresh`: never sent, may still be merged. `due`: to be sent under its number. `flying`: sent, not acknowledged.
 * `held`: the server refused it for now; it goes once more when more was edited.
 */
type Stage =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'due' }
  | { readonly kind: 'flying'; readonly since: number }
  | { readonly kind: 'held' };

interface Entry {
  readonly edit: PendingEdit;
  stage: Stage;
}

/** What to send next, and which never-sent edits it stands for. */
export interface Departure {
  readonly edit: PendingEdit;
  readonly merged: readonly number[];
}

const keyOf = (client: ClientId, sequence: number) => `${client}#${sequence}`;

export class EditQueue {
  readonly client: ClientId;
  #entries = new Map<string, Entry>();
  #sequence = 0;
  #flying = 0;
  #flyingBytes = 0;
  #held = 0;
  #fresh = 0;

  constructor(client: ClientId) {
    this.client = client;
  }

  /** Edits that are not acknowledged. */
  get size(): number {
    return this.#entries.size;
  }

  /** Edits that are not acknowledged, as updates. */
  get updates(): readonly Uint8Array[] {
    return [...this.#entries.values()].map(({ edit }) => edit.update);
  }

  /** Edits that wait for the server to take them again. */
  get held(): number {
    return this.#held;
  }

  /** Takes an edit of this page. */
  add(update: Uint8Array): PendingEdit {
    const edit = { client: this.client, sequence: ++this.#sequence, update };
    this.#entries.set(keyOf(edit.client, edit.sequence), { edit, stage: { kind: 'fresh' } });
    this.#fresh++;
    return edit;
  }

  /** Takes an edit that an earlier page left behind; it keeps its name, so that a resend is the same entry. */
  adopt(edit: PendingEdit): void {
    if (edit.client === this.client) this.#sequence = Math.max(this.#sequence, edit.sequence);
    this.#entries.set(keyOf(edit.client, edit.sequence), { edit, stage: { kind: 'due' } });
  }

  /** The next edit to send, now flying; undefined when nothing waits or enough is on the wire. */
  next(now: number): Departure | undefined {
    if (this.#flying >= FLIGHT_EDITS || this.#flyingBytes >= FLIGHT_BYTES) return undefined;
    for (const entry of this.#entries.values()) {
      if (entry.stage.kind === 'due') return this.#depart(entry, [], now);
      // What follows a held edit needs it, so it waits too.
      if (entry.stage.kind === 'fresh' && this.#held === 0) return this.#departMerged(entry, now);
    }
    return undefined;
  }

  #departMerged(first: Entry, now: number): Departure {
    const together: Entry[] = [];
    let bytes = 0;
    for (const entry of this.#entries.values()) {
      if (entry.stage.kind !== 'fresh') continue;
      bytes += entry.edit.update.length;
      if (together.length > 0 && bytes > EDIT_BYTES) break;
      together.push(entry);
    }
    if (together.length === 1) return this.#depart(first, [], now);
    const { entry, merged } = this.#merge(together);
    return this.#depart(entry, merged, now);
  }

  /** Merges edits that were never sent, once there are many. */
  compact(): Departure | undefined {
    if (this.#fresh < FRESH_EDITS || this.#held > 0) return undefined;
    const small = [...this.#entries.values()].filter(
      ({ edit, stage }) => stage.kind === 'fresh' && edit.update.length <= MERGED_BYTES,
    );
    if (small.length < FRESH_EDITS / 2) return undefined;
    const { entry, merged } = this.#merge(small);
    return { edit: entry.edit, merged };
  }

  #merge(together: readonly Entry[]): { entry: Entry; merged: readonly number[] } {
    const merged = together.map((entry) => entry.edit.sequence);
    for (const entry of together) this.#forget(entry);
    const edit = this.add(Y.mergeUpdates(together.map((entry) => entry.edit.update)));
    return { entry: this.#entries.get(keyOf(edit.client, edit.sequence))!, merged };
  }

  #depart(entry: Entry, merged: readonly number[], now: number): Departure {
    this.#move(entry, { kind: 'flying', since: now });
    return { edit: entry.edit, merged };
  }

  /** @returns whether any of them was waiting here */
  acknowledge(client: ClientId, sequences: readonly number[]): boolean {
    let any = false;
    for (const sequence of sequences) {
      const entry = this.#entries.get(keyOf(client, sequence));
      if (!entry) continue;
      this.#forget(entry);
      any = true;
    }
    return any;
  }

  /** The connection is gone: all that was on the wire is due again. */
  disconnected(): void {
    for (const entry of this.#entries.values()) if (entry.stage.kind === 'flying') this.#move(entry, { kind: 'due' });
  }

  /** Makes due again what was sent too long ago. */
  overdue(now: number): void {
    for (const entry of this.#entries.values()) {
      if (entry.stage.kind === 'flying' && now - entry.stage.since >= RESEND_MILLISECONDS) {
        this.#move(entry, { kind: 'due' });
      }
    }
  }

  /** The server took it not, for now. */
  hold(client: ClientId, sequence: number): void {
    const entry = this.#entries.get(keyOf(client, sequence));
    if (entry) this.#move(entry, { kind: 'held' });
  }

  /** The server asked to go slower: it is sent again a little later. */
  postpone(client: ClientId, sequence: number): void {
    const entry = this.#entries.get(keyOf(client, sequence));
    if (entry) this.#move(entry, { kind: 'due' });
  }

  /** Whether an edit followed the held ones, so that a further try may do better. */
  get retriable(): boolean {
    return this.#held > 0 && this.#fresh > 0;
  }

  /**
   * One update in place of all that is held or was never sent.
   * @returns the new edit, and the edits that it stands for
   */
  replaceWaiting(update: Uint8Array): { readonly edit: PendingEdit; readonly instead: readonly PendingEdit[] } {
    const waiting = [...this.#entries.values()].filter(({ stage }) => stage.kind === 'held' || stage.kind === 'fresh');
    for (const entry of waiting) this.#forget(entry);
    const edit = this.add(update);
    this.#move(this.#entries.get(keyOf(edit.client, edit.sequence))!, { kind: 'due' });
    return { edit, instead: waiting.map((entry) => entry.edit) };
  }

  clear(): void {
    for (const entry of [...this.#entries.values()]) this.#forget(entry);
  }

  #forget(entry: Entry): void {
    this.#move(entry, { kind: 'due' });
    this.#entries.delete(keyOf(entry.edit.client, entry.edit.sequence));
  }

  #move(entry: Entry, stage: Stage): void {
    const count = (kind: Stage['kind'], by: number) => {
      if (kind === 'held') this.#held += by;
      if (kind === 'fresh') this.#fresh += by;
      if (kind === 'flying') {
        this.#flying += by;
        this.#flyingBytes += by * entry.edit.update.length;
      }
    };
    count(entry.stage.kind, -1);
    entry.stage = stage;
    count(stage.kind, 1);
  }
}
