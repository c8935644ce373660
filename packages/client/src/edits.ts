/** Own edits on their way to the store: numbered, merged while they wait, resent until acknowledged. No I/O. */
import type { ClientId } from '@codeconnected/core/room/ids.ts';
import { EDIT_BYTES } from '@codeconnected/core/room/limits.ts';
import * as Y from 'yjs';
import type { EditName, PendingEdit } from './api.ts';
import { PIECE_BYTES } from './cut-update.ts';

/** Edits on the wire at once; what comes meanwhile is merged into fewer. */
export const FLIGHT_EDITS = 32;
/** Bytes on the wire at once, so that a long offline evening stays under the server's rate. */
export const FLIGHT_BYTES = 256 * 1024;
/** Milliseconds without acknowledgement until an edit is sent again on the same connection; doubles each time. */
export const RESEND_MILLISECONDS = 5_000;

/** Most milliseconds between two sendings of one edit. */
const RESEND_MOST_MILLISECONDS = 60_000;
/** Never-sent edits since the last merging after which they are merged, so that a long offline evening leaves few. */
const FRESH_EDITS = 64;

/**
 * `fresh`: never sent, may still be merged. `due`: to be sent under its number. `flying`: sent as the so manieth, not
 * acknowledged. `held`: the server refused it for now; what it brings goes later, in another edit. `refused`: the server
 * will not have it; it stays, and is unsaved.
 */
type Stage =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'due' }
  | { readonly kind: 'flying'; readonly order: number; since: number }
  | { readonly kind: 'held' }
  | { readonly kind: 'refused' };

interface Entry {
  readonly edit: PendingEdit;
  stage: Stage;
  /** Times that it was sent on this connection. */
  flights: number;
}

/** Edits that take the place of others. */
export interface Replacement {
  readonly edits: readonly PendingEdit[];
  readonly instead: readonly EditName[];
}

/** What to send next, and which never-sent edits it stands for. */
export interface Departure {
  readonly edit: PendingEdit;
  readonly instead: readonly EditName[];
}

const keyOf = (client: ClientId, sequence: number) => `${client}#${sequence}`;
const nameOf = ({ edit: { client, sequence } }: Entry): EditName => ({ client, sequence });

export class EditQueue {
  readonly client: ClientId;
  #entries = new Map<string, Entry>();
  #sequence = 0;
  #departures = 0;
  #flying = 0;
  #flyingBytes = 0;
  #held = 0;
  #fresh = 0;
  /** Never-sent edits that the last merging left. */
  #merged = 0;

  constructor(client: ClientId) {
    this.client = client;
  }

  /** Edits that are not acknowledged. */
  get size(): number {
    return this.#entries.size;
  }

  /** Whether edits wait for the server to take them again. */
  get holds(): boolean {
    return this.#held > 0;
  }

  /** The names of all. */
  get names(): readonly EditName[] {
    return [...this.#entries.values()].map(nameOf);
  }

  /** Whether it is here already. */
  has({ client, sequence }: EditName): boolean {
    return this.#entries.has(keyOf(client, sequence));
  }

  /** Edits that are not acknowledged, as updates. */
  get updates(): readonly Uint8Array[] {
    return [...this.#entries.values()].map(({ edit }) => edit.update);
  }

  /** Takes an edit of this page. */
  add(update: Uint8Array): PendingEdit {
    const entry = this.#make(update);
    this.#put(entry);
    return entry.edit;
  }

  /** Takes an edit that an earlier page left behind; it keeps its name, so that a resend is the same entry. */
  adopt(edit: PendingEdit): void {
    if (edit.client === this.client) this.#sequence = Math.max(this.#sequence, edit.sequence);
    this.#put({ edit, stage: { kind: edit.update.length > EDIT_BYTES ? 'held' : 'due' }, flights: 0 });
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
      if (together.length > 0 && bytes > PIECE_BYTES) break;
      together.push(entry);
    }
    if (together.length === 1) return this.#depart(first, [], now);
    for (const entry of together) this.#forget(entry);
    const merged = this.#merge(together);
    this.#put(merged);
    return this.#depart(merged, together.map(nameOf), now);
  }

  /** Merges edits that were never sent, once there are many. */
  compact(): Replacement | undefined {
    if (this.#fresh - this.#merged < FRESH_EDITS || this.#held > 0) return undefined;
    const entries = [...this.#entries.values()];
    for (const entry of entries) this.#forget(entry);
    const edits: PendingEdit[] = [];
    const instead: EditName[] = [];
    let group: Entry[] = [];
    let bytes = 0;
    const end = () => {
      if (group.length > 1) {
        const merged = this.#merge(group);
        edits.push(merged.edit);
        instead.push(...group.map(nameOf));
        this.#put(merged);
      } else if (group[0]) this.#put(group[0]);
      group = [];
      bytes = 0;
    };
    // In their order: a later one builds on those before it.
    for (const entry of entries) {
      const { length } = entry.edit.update;
      if (entry.stage.kind !== 'fresh' || bytes + length > PIECE_BYTES) end();
      if (entry.stage.kind === 'fresh') {
        group.push(entry);
        bytes += length;
      } else this.#put(entry);
    }
    end();
    this.#merged = this.#fresh;
    return edits.length > 0 ? { edits, instead } : undefined;
  }

  #merge(together: readonly Entry[]): Entry {
    return this.#make(Y.mergeUpdates(together.map((entry) => entry.edit.update)));
  }

  #depart(entry: Entry, instead: readonly EditName[], now: number): Departure {
    this.#move(entry, { kind: 'flying', order: ++this.#departures, since: now });
    entry.flights++;
    return { edit: entry.edit, instead };
  }

  /** @returns the edits of those that were waiting here */
  acknowledge(client: ClientId, sequences: readonly number[], now: number): readonly PendingEdit[] {
    const known: PendingEdit[] = [];
    for (const sequence of sequences) {
      const entry = this.#entries.get(keyOf(client, sequence));
      if (!entry) continue;
      if (entry.stage.kind === 'flying') this.#cameThrough(entry.stage.order, now);
      this.#forget(entry);
      known.push(entry.edit);
    }
    return known;
  }

  /** What was sent after an edit that came through may still be on its way, on a slow network. */
  #cameThrough(order: number, now: number): void {
    for (const { stage } of this.#entries.values()) {
      if (stage.kind === 'flying' && stage.order > order) stage.since = now;
    }
  }

  /** The connection is gone: all that was on the wire is due again. */
  disconnected(): void {
    for (const entry of this.#entries.values()) {
      if (entry.stage.kind === 'flying') this.#move(entry, { kind: 'due' });
      entry.flights = 0;
    }
  }

  /**
   * Makes due again what was sent too long ago.
   * @param leaving whether bytes still wait for the network: then what was sent has not even left
   */
  overdue(now: number, leaving: boolean): void {
    for (const entry of this.#entries.values()) {
      if (entry.stage.kind !== 'flying') continue;
      if (leaving) entry.stage.since = now;
      const wait = Math.min(RESEND_MILLISECONDS * 2 ** (entry.flights - 1), RESEND_MOST_MILLISECONDS);
      if (now - entry.stage.since >= wait) this.#move(entry, { kind: 'due' });
    }
  }

  /** The server took it not, for now. */
  hold(client: ClientId, sequence: number): void {
    this.#moveNamed(client, sequence, { kind: 'held' });
  }

  /** The server will never take it. */
  refuse(client: ClientId, sequence: number): void {
    this.#moveNamed(client, sequence, { kind: 'refused' });
  }

  /** The server asked to go slower: it is sent again a little later. */
  postpone(client: ClientId, sequence: number): void {
    this.#moveNamed(client, sequence, { kind: 'due' });
  }

  /** Updates in place of all that is held or was never sent. */
  replaceWaiting(updates: readonly Uint8Array[]): Replacement {
    const waiting = [...this.#entries.values()].filter(({ stage }) => stage.kind === 'held' || stage.kind === 'fresh');
    for (const entry of waiting) this.#forget(entry);
    const edits = updates.map((update) => {
      const entry = this.#make(update);
      this.#put({ ...entry, stage: { kind: 'due' } });
      return entry.edit;
    });
    return { edits, instead: waiting.map(nameOf) };
  }

  clear(): void {
    for (const entry of [...this.#entries.values()]) this.#forget(entry);
  }

  #make(update: Uint8Array): Entry {
    return { edit: { client: this.client, sequence: ++this.#sequence, update }, stage: { kind: 'fresh' }, flights: 0 };
  }

  #put(entry: Entry): void {
    const key = keyOf(entry.edit.client, entry.edit.sequence);
    const known = this.#entries.get(key);
    if (known) this.#forget(known);
    this.#entries.set(key, entry);
    this.#count(entry, 1);
  }

  #forget(entry: Entry): void {
    if (this.#entries.delete(keyOf(entry.edit.client, entry.edit.sequence))) this.#count(entry, -1);
    this.#merged = Math.min(this.#merged, this.#fresh);
  }

  #moveNamed(client: ClientId, sequence: number, stage: Stage): void {
    const entry = this.#entries.get(keyOf(client, sequence));
    if (entry) this.#move(entry, stage);
  }

  #move(entry: Entry, stage: Stage): void {
    this.#count(entry, -1);
    entry.stage = stage;
    this.#count(entry, 1);
  }

  #count({ edit, stage: { kind } }: Entry, by: number): void {
    if (kind === 'held') this.#held += by;
    if (kind === 'fresh') this.#fresh += by;
    if (kind === 'flying') {
      this.#flying += by;
      this.#flyingBytes += by * edit.update.length;
    }
  }
}
