/**
 * Rule D6: an update is decoded within bounds before it reaches the log. One that throws later, in `applyUpdate`
 * or `mergeUpdates`, would stand in the way of every join.
 *
 * Only what the product's documents hold passes: text, plain values in root maps, deletions. That leaves out nested
 * types, subdocuments, embeds and formatting, and with them most ways to make Yjs throw.
 */
import * as Y from 'yjs';
import { EDIT_BYTES } from './limits.ts';

/** Structs of one update: a whole document, sent again, has some ten thousand. */
const STRUCTS_MOST = 200_000;
/** Ranges of deletions in one update. */
const DELETIONS_MOST = 200_000;
/** Yjs draws client ids of 32 bits. */
const CLIENT_MOST = 2 ** 32 - 1;
/** Operations of one page load: some years of typing. */
const CLOCK_MOST = 2 ** 31 - 1;
/** Distinct clients in one update: one for each page load, of which a whole document, sent again, has some hundreds. */
const CLIENTS_MOST = 10_000;
/** Characters of a root type's name and of a map's key. */
const NAME_MOST = 200;
/** Characters of a plain value in a map: titles, file names, ids. */
const VALUE_MOST = 1_000;

export type UpdateCheck =
  /** `inserts`: it brings structs, not only deletions. */
  | { readonly kind: 'fine'; readonly inserts: boolean }
  | { readonly kind: 'refused'; readonly code: 'update-malformed' | 'update-too-large'; readonly why: string };

/** Thrown inside this module alone. */
class Refusal extends Error {}

function insist(condition: boolean, why: string): asserts condition {
  if (!condition) throw new Refusal(why);
}

const isClient = (value: number) => Number.isInteger(value) && value >= 0 && value <= CLIENT_MOST;
const isClock = (value: number) => Number.isInteger(value) && value >= 0 && value <= CLOCK_MOST;

/** Looks at an update's bytes; never throws. */
export function checkUpdate(update: Uint8Array): UpdateCheck {
  if (update.length > EDIT_BYTES) return { kind: 'refused', code: 'update-too-large', why: `${update.length} bytes` };
  try {
    const decoded = Y.decodeUpdate(update);
    checkStructs(decoded.structs);
    checkDeletions(decoded.ds);
    return { kind: 'fine', inserts: decoded.structs.some((struct) => struct instanceof Y.Item) };
  } catch (error) {
    const why = error instanceof Refusal ? error.message : 'it cannot be decoded';
    return { kind: 'refused', code: 'update-malformed', why };
  }
}

function checkStructs(structs: readonly (Y.Item | Y.GC | Y.Skip)[]): void {
  insist(structs.length <= STRUCTS_MOST, 'too many structs');
  let client = Number.POSITIVE_INFINITY;
  let clock = 0;
  let clients = 0;
  for (const struct of structs) {
    const { id, length } = struct;
    insist(isClient(id.client) && isClock(id.clock), 'an id out of bounds');
    insist(Number.isInteger(length) && length > 0 && isClock(id.clock + length), 'a length out of bounds');
    // Yjs writes clients in descending order and merges by relying on it.
    if (id.client !== client) insist(id.client < client, 'clients out of order');
    else insist(id.clock === clock, 'clocks out of order');
    if (id.client !== client) insist(++clients <= CLIENTS_MOST, 'too many clients');
    client = id.client;
    clock = id.clock + length;
    // Yjs leaves GC structs in place of what lay in a deleted nested type. Rooms have none, and an item that overlaps
    // one makes `applyUpdate` throw.
    if (struct instanceof Y.Item) checkItem(struct);
    else insist(struct instanceof Y.Skip, 'a struct that rooms do not hold');
  }
}

function checkItem(item: Y.Item): void {
  checkNeighbour(item, item.origin);
  checkNeighbour(item, item.rightOrigin);
  // While undecoded into a document, a root's name is a text and a nested parent is an id.
  const parent = item.parent as unknown;
  if (parent === null) insist(item.origin !== null || item.rightOrigin !== null, 'an item without a place');
  else insist(typeof parent === 'string' && parent.length <= NAME_MOST, 'a parent that is no root');
  insist(item.parentSub === null || item.parentSub.length <= NAME_MOST, 'a key that is too long');
  checkContent(item.content, item.parentSub !== null, parent === null);
}

/** An origin later than the item itself would be looked up before it is there. */
function checkNeighbour(item: Y.Item, origin: Y.ID | null): void {
  if (origin === null) return;
  insist(isClient(origin.client) && isClock(origin.clock), 'an origin out of bounds');
  insist(origin.client !== item.id.client || origin.clock < item.id.clock, 'an origin in its own future');
}

function checkContent(content: Y.Item['content'], keyed: boolean, besides: boolean): void {
  if (content instanceof Y.ContentString) {
    insist(!keyed || content.str.length <= VALUE_MOST, 'a text under a key');
  } else if (content instanceof Y.ContentAny) {
    // One that lies beside another has that one's key, which is not written again.
    insist(keyed || besides, 'a value outside a map');
    for (const value of content.arr) {
      const plain = value === null || typeof value === 'boolean' || typeof value === 'number';
      insist(plain || (typeof value === 'string' && value.length <= VALUE_MOST), 'a value that is not plain');
    }
  } else {
    insist(content instanceof Y.ContentDeleted, 'a kind of content that rooms do not hold');
  }
}

function checkDeletions(set: {
  readonly clients: ReadonlyMap<number, readonly { clock: number; len: number }[]>;
}): void {
  let ranges = 0;
  insist(set.clients.size <= CLIENTS_MOST, 'deletions of too many clients');
  for (const [client, items] of set.clients) {
    insist(isClient(client), 'a deletion of no client');
    ranges += items.length;
    insist(ranges <= DELETIONS_MOST, 'too many deletions');
    for (const { clock, len } of items) {
      insist(isClock(clock) && Number.isInteger(len) && len > 0 && isClock(clock + len), 'a deletion out of bounds');
    }
  }
}
