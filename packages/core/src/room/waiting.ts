/**
 * Edits that came before what they build on. Yjs keeps them aside, and looks through all of them, or merges them, at
 * further edits: what may wait in a room is bounded. Honest pages have some, where messages overtake each other.
 */
import * as Y from 'yjs';
import type { Decoded } from './cost.ts';

/** Updates of one room that wait. */
const WAITING_UPDATES = 50;
/** Bytes of them; a single one may have more. */
const WAITING_BYTES = 64 * 1024;
/**
 * Structs and ranges of deletions of them, of a single one too: those are what takes time, each some microseconds at
 * every further edit. An update of that many is what a page sends after a long time offline.
 */
const WAITING_PIECES = 500;

/** An update that was admitted and not appended yet. */
export interface Coming {
  /** How far it brings its clients; empty where it builds on what is not there. */
  readonly ends: ReadonlyMap<number, number>;
  readonly structs: number;
  /** Structs and ranges of deletions. */
  readonly pieces: number;
}

/** What one room's document waits for. */
export class Waiting {
  /** Admitted and not appended yet. */
  readonly coming = new Map<Uint8Array, Coming>();
  /** Updates since nothing waited that had to. */
  #updates = 0;
  #store: Y.Doc['store'] | undefined;
  #pendingStructs: Y.Doc['store']['pendingStructs'] = null;
  #pendingDs: Y.Doc['store']['pendingDs'] = null;
  #structs: Decoded['structs'] = [];
  #ranges = 0;

  /** The structs that wait in a document. */
  structs(doc: Y.Doc): Decoded['structs'] {
    this.#look(doc);
    return this.#structs;
  }

  /** Applies an update, and notes whether more waits since. */
  apply(doc: Y.Doc, update: Uint8Array): void {
    const { pendingStructs, pendingDs } = doc.store;
    Y.applyUpdate(doc, update);
    const { store } = doc;
    const waits = store.pendingStructs !== pendingStructs || store.pendingDs !== pendingDs;
    if (waits && (store.pendingStructs || store.pendingDs)) this.#updates += 1;
  }

  /**
   * Whether a document may take an update now: it builds on what is there or on its way, or few others wait. If so it
   * is on its way. Whoever is refused sends it again after what it builds on.
   */
  takes(doc: Y.Doc, update: Uint8Array, decoded: Decoded): boolean {
    const { pendingStructs, pendingDs } = doc.store;
    const known = [...this.coming.values()].map(({ ends }) => ends);
    const ends = endsOf(doc, known, decoded);
    const pieces = decoded.structs.length + rangesIn(decoded);
    if (ends.size === 0) {
      if (!pendingStructs && !pendingDs) this.#updates = 0;
      const coming = [...this.coming].filter(([, { ends }]) => ends.size === 0);
      if (this.#updates + coming.length >= WAITING_UPDATES) return false;
      this.#look(doc);
      const others = coming.reduce((sum, [, each]) => sum + each.pieces, this.#structs.length + this.#ranges);
      if (others + pieces > WAITING_PIECES) return false;
      const bytes = coming.reduce((sum, [{ length }]) => sum + length, update.length);
      const waiting = (pendingStructs?.update.length ?? 0) + (pendingDs?.length ?? 0);
      const alone = waiting === 0 && coming.length === 0;
      if (!alone && bytes + waiting > WAITING_BYTES) return false;
    }
    this.coming.set(update, { ends, structs: decoded.structs.length, pieces });
    return true;
  }

  /** Decodes what waits, unless it is still the same. Yjs keeps it in its second format. */
  #look({ store }: Y.Doc): void {
    if (store !== this.#store || store.pendingStructs !== this.#pendingStructs) {
      this.#structs = store.pendingStructs ? Y.decodeUpdateV2(store.pendingStructs.update).structs : [];
    }
    if (store !== this.#store || store.pendingDs !== this.#pendingDs) {
      this.#ranges = store.pendingDs ? rangesIn(Y.decodeUpdateV2(store.pendingDs)) : 0;
    }
    this.#store = store;
    this.#pendingStructs = store.pendingStructs;
    this.#pendingDs = store.pendingDs;
  }
}

function rangesIn({ ds }: Pick<Decoded, 'ds'>): number {
  let ranges = 0;
  for (const each of ds.clients.values()) ranges += each.length;
  return ranges;
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
  for (const struct of structs) {
    const { id, length } = struct;
    if (id.clock > known(id.client)) return nothing;
    if (struct instanceof Y.Skip) {
      // What it leaves out has to be there.
      if (id.clock + length > known(id.client)) return nothing;
      continue;
    }
    ends.set(id.client, Math.max(known(id.client), id.clock + length));
  }
  const beyond = (id: Y.ID | null) => id !== null && id.clock >= known(id.client);
  for (const struct of structs) {
    if (struct instanceof Y.Item && (beyond(struct.origin) || beyond(struct.rightOrigin))) return nothing;
  }
  for (const [client, ranges] of ds.clients) {
    if (ranges.some(({ clock, len }) => clock + len > known(client))) return nothing;
    ends.set(client, known(client));
  }
  return ends;
}
