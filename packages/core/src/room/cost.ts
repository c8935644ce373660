/**
 * How long an update may keep whoever applies it, told before by what is cheap to see.
 *
 * Yjs puts each item between two neighbours. Where others lie between them it walks over those, so that two clients who
 * insert n items each at one place cost n² steps, and a few KB of updates minutes. This is an upper bound of the steps.
 */
import * as Y from 'yjs';

/** An update's part that costs: its structs and its deletions, decoded. */
export type Decoded = Pick<ReturnType<typeof Y.decodeUpdate>, 'structs' | 'ds'>;

/** Structs of one client that are moved in the time of one step, when one is split for a deletion. */
const MOVED_AT_A_STEP = 256;

/**
 * Steps that applying takes at most. Stops counting beyond `most`.
 * @param others structs that are on their way as well, and may lie in between
 */
export function stepsOf(doc: Y.Doc, { structs, ds }: Decoded, others: number, most: number): number {
  const fresh = structs.filter(
    (struct): struct is Y.Item =>
      struct instanceof Y.Item && struct.id.clock + struct.length > Y.getState(doc.store, struct.id.client),
  );
  // Any of them may lie between the neighbours of any other.
  let steps = fresh.length * (fresh.length + others);
  for (const [client, ranges] of ds.clients) {
    steps += ranges.length * (1 + (doc.store.clients.get(client)?.length ?? 0) / MOVED_AT_A_STEP);
  }
  if (steps > most) return steps;
  const places = new Places(doc, fresh);
  for (const item of fresh) {
    steps += places.between(item, most - steps);
    if (steps > most) break;
  }
  return steps;
}

/** Where the items of an update would lie among those of a document. */
class Places {
  readonly #doc: Y.Doc;
  /** By client, in the order of their clocks. */
  readonly #fresh = new Map<number, Y.Item[]>();
  /** What was found for items of the update. */
  readonly #known = { origin: new Map<Y.Item, Outer>(), rightOrigin: new Map<Y.Item, Outer>() };

  constructor(doc: Y.Doc, fresh: readonly Y.Item[]) {
    this.#doc = doc;
    for (const item of fresh) {
      const same = this.#fresh.get(item.id.client);
      if (same) same.push(item);
      else this.#fresh.set(item.id.client, [item]);
    }
    for (const same of this.#fresh.values()) same.sort((a, b) => a.id.clock - b.id.clock);
  }

  /** Items of the document between an item's neighbours, counted up to a bound. */
  between(item: Y.Item, most: number): number {
    const left = this.#outer(item.origin, 'origin');
    const right = this.#outer(item.rightOrigin, 'rightOrigin');
    // It waits for what is not there, and is counted when that comes.
    if (left.kind === 'absent' || right.kind === 'absent') return 0;
    // Inside of one that is split for it.
    if (left.kind === 'item' && left.item === right.item) return 0;
    if (left.kind === 'item') return along(left.item.right, 'right', right.item, most);
    if (right.kind === 'item') return along(right.item.left, 'left', undefined, most);
    return this.#beginning(left.last ?? right.last ?? item, most);
  }

  /**
   * The item of the document that a neighbour is, or lies beside, by way of items of the update. Each of those is looked
   * at once, however many others lead to it.
   */
  #outer(neighbour: Y.ID | null, side: Side): Outer {
    const known = this.#known[side];
    const path: Y.Item[] = [];
    let found: Outer | undefined;
    for (let id = neighbour; !found; ) {
      if (id === null) found = EDGE;
      else if (id.clock < Y.getState(this.#doc.store, id.client)) {
        const struct = Y.getItem(this.#doc.store, id) as Y.Item | Y.GC;
        found = struct instanceof Y.Item ? { kind: 'item', item: struct } : EDGE;
      } else {
        const item = this.#find(id);
        found = item ? known.get(item) : ABSENT;
        if (item && !found) {
          // What leads back to itself leads nowhere.
          known.set(item, ABSENT);
          path.push(item);
          id = item[side];
        }
      }
    }
    for (const item of path.reverse()) {
      if (found.kind === 'edge' && !found.last) found = { ...found, last: item };
      known.set(item, found);
    }
    return found;
  }

  /** The item of the update that holds an id. */
  #find({ client, clock }: Y.ID): Y.Item | undefined {
    const items = this.#fresh.get(client) ?? [];
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (items[middle]!.id.clock <= clock) low = middle + 1;
      else high = middle;
    }
    const item = items[low - 1];
    return item && clock < item.id.clock + item.length ? item : undefined;
  }

  /** From the beginning of a text or of a key's values to the end. */
  #beginning(item: Y.Item, most: number): number {
    const name = item.parent as unknown;
    const parent = typeof name === 'string' ? this.#doc.share.get(name) : undefined;
    if (!parent) return 0;
    if (item.parentSub === null) return along(parent._start, 'right', undefined, most);
    return along(parent._map.get(item.parentSub) ?? null, 'left', undefined, most);
  }
}

type Outer =
  | { readonly kind: 'absent' }
  /** The beginning or the end; `last`: the item of the update that lies there. */
  | { readonly kind: 'edge'; readonly item: undefined; readonly last: Y.Item | undefined }
  | { readonly kind: 'item'; readonly item: Y.Item };
type Side = 'origin' | 'rightOrigin';

const ABSENT: Outer = { kind: 'absent' };
const EDGE: Outer = { kind: 'edge', item: undefined, last: undefined };

function along(from: Y.Item | null, way: 'left' | 'right', end: Y.Item | undefined, most: number): number {
  let steps = 0;
  for (let item = from; item !== null && item !== end && steps <= most; item = item[way]) steps += 1;
  return steps;
}
