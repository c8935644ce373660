/** Cuts a large update into several that the server takes one by one. */
import { writeVarUint } from 'lib0/encoding';
import * as Y from 'yjs';

/**
 * Bytes of one edit, about: each acknowledgement shows a slow network to be alive, and what is lost is sent again in
 * little. Well below what the server takes at most.
 */
export const PIECE_BYTES = 64 * 1024;

/** Bytes that a struct takes beside its text, at most. */
const STRUCT_BYTES = 64;
/** Bytes that a range of deletions takes, at most. */
const RANGE_BYTES = 12;
/** Bytes that one UTF-16 unit takes in UTF-8, at most. */
const UNIT_BYTES = 3;

type Struct = Y.Item | Y.GC;
type Range = { readonly clock: number; readonly len: number };
type Ranges = Map<number, Range[]>;

/** Structs of one client without a gap. */
interface Run {
  readonly structs: Struct[];
  end: number;
}

/**
 * An update as several of about {@link PIECE_BYTES}, which together bring the same. Each builds on the ones before it
 * alone. What it deletes of what was there before comes first, so that it makes room.
 */
export function cutUpdate(update: Uint8Array, most = PIECE_BYTES): Uint8Array[] {
  if (update.length <= most) return [update];
  const { structs, ds } = Y.decodeUpdate(update);
  const own = byClient(structs);
  const [before, within] = split(ds.clients, own);
  return [...cutDeletions(before, most), ...cutStructs(own, most), ...cutDeletions(within, most)];
}

function byClient(structs: readonly (Struct | Y.Skip)[]): Map<number, Struct[]> {
  const own = new Map<number, Struct[]>();
  for (const struct of structs) {
    if (struct instanceof Y.Skip) continue;
    const all = own.get(struct.id.client);
    if (all) all.push(struct);
    else own.set(struct.id.client, [struct]);
  }
  return own;
}

/** Deletions of what the update builds on, and of what it brings itself. */
function split(deleted: ReadonlyMap<number, readonly Range[]>, own: ReadonlyMap<number, Struct[]>): [Ranges, Ranges] {
  const before: Ranges = new Map();
  const within: Ranges = new Map();
  for (const [client, ranges] of deleted) {
    const first = own.get(client)?.[0]?.id.clock ?? Number.POSITIVE_INFINITY;
    const earlier = ranges.filter(({ clock, len }) => clock + len <= first);
    const later = ranges.filter(({ clock, len }) => clock + len > first);
    if (earlier.length > 0) before.set(client, earlier);
    if (later.length > 0) within.set(client, later);
  }
  return [before, within];
}

function cutDeletions(deleted: Ranges, most: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const together = Math.max(1, Math.floor(most / RANGE_BYTES));
  let piece: Ranges = new Map();
  let count = 0;
  const end = () => {
    if (count > 0) pieces.push(encode(new Map(), piece));
    piece = new Map();
    count = 0;
  };
  for (const [client, ranges] of deleted) {
    for (let at = 0; at < ranges.length; ) {
      const some = ranges.slice(at, at + together - count);
      piece.set(client, some);
      count += some.length;
      at += some.length;
      if (count >= together) end();
    }
  }
  end();
  return pieces;
}

function cutStructs(own: ReadonlyMap<number, Struct[]>, most: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let piece = new Map<number, Run>();
  let bytes = 0;
  const end = () => {
    if (piece.size > 0) pieces.push(encode(piece, new Map()));
    piece = new Map();
    bytes = 0;
  };
  for (const whole of inOrder(own)) {
    for (const struct of cutStruct(whole, most)) {
      const weight = weightOf(struct);
      const run = piece.get(struct.id.client);
      if (bytes + weight > most || (run && run.end !== struct.id.clock)) end();
      bytes += weight;
      const { client, clock } = struct.id;
      const known = piece.get(client);
      if (known) known.structs.push(struct);
      const going = known ?? { structs: [struct], end: 0 };
      going.end = clock + struct.length;
      piece.set(client, going);
    }
  }
  end();
  return pieces;
}

/** All structs, each after those that it stands beside. */
function* inOrder(own: ReadonlyMap<number, Struct[]>): Iterable<Struct> {
  const at = new Map([...own.keys()].map((client) => [client, 0]));
  const nextOf = (client: number) => own.get(client)?.[at.get(client)!];
  /** The client that must come further before a struct may go. */
  const blocker = (struct: Struct): number | undefined => {
    if (!(struct instanceof Y.Item)) return undefined;
    for (const beside of [struct.origin, struct.rightOrigin]) {
      if (!beside || beside.client === struct.id.client) continue;
      const next = nextOf(beside.client);
      const last = own.get(beside.client)?.at(-1);
      if (next && last && beside.clock >= next.id.clock && beside.clock < last.id.clock + last.length) {
        return beside.client;
      }
    }
    return undefined;
  };
  for (const client of own.keys()) {
    // Each waits for the one above it.
    const stack = [client];
    const waiting = new Set(stack);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const struct = nextOf(top);
      const other = struct && blocker(struct);
      // Nobody writes what waits for itself; if somebody did, it goes as it is.
      if (other !== undefined && !waiting.has(other)) {
        stack.push(other);
        waiting.add(other);
        continue;
      }
      if (struct) {
        yield struct;
        at.set(top, at.get(top)! + 1);
      }
      const below = stack.at(-2);
      const waits = below === undefined ? nextOf(top) !== undefined : blocker(nextOf(below)!) === top;
      if (struct && waits) continue;
      stack.pop();
      waiting.delete(top);
    }
  }
}

function weightOf(struct: Struct): number {
  const text = struct instanceof Y.Item && struct.content instanceof Y.ContentString ? struct.content.str.length : 0;
  return STRUCT_BYTES + text * UNIT_BYTES;
}

/** A long text as several, none of which tears a surrogate pair. */
function cutStruct(struct: Struct, most: number): Struct[] {
  if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentString) || weightOf(struct) <= most) {
    return [struct];
  }
  const { id, parentSub, rightOrigin } = struct;
  const { str } = struct.content;
  const units = Math.max(2, Math.floor((most - STRUCT_BYTES) / UNIT_BYTES));
  const items: Struct[] = [];
  for (let from = 0; from < str.length; ) {
    let to = Math.min(from + units, str.length);
    const last = str.charCodeAt(to - 1);
    if (to < str.length && last >= 0xd800 && last <= 0xdbff) to--;
    const origin = from === 0 ? struct.origin : Y.createID(id.client, id.clock + from - 1);
    const content = new Y.ContentString(str.slice(from, to));
    const at = Y.createID(id.client, id.clock + from);
    items.push(new Y.Item(at, null, origin, null, rightOrigin, struct.parent, parentSub, content));
    from = to;
  }
  return items;
}

/** The update format of Yjs, first version: clients in falling order, then what is deleted. */
function encode(runs: ReadonlyMap<number, Run>, deleted: ReadonlyMap<number, readonly Range[]>): Uint8Array {
  const encoder = new Y.UpdateEncoderV1();
  const falling = <V>(map: ReadonlyMap<number, V>) => [...map].sort(([a], [b]) => b - a);
  writeVarUint(encoder.restEncoder, runs.size);
  for (const [client, { structs }] of falling(runs)) {
    writeVarUint(encoder.restEncoder, structs.length);
    encoder.writeClient(client);
    writeVarUint(encoder.restEncoder, structs[0]!.id.clock);
    for (const struct of structs) struct.write(encoder, 0);
  }
  writeVarUint(encoder.restEncoder, deleted.size);
  for (const [client, ranges] of falling(deleted)) {
    encoder.resetDsCurVal();
    writeVarUint(encoder.restEncoder, client);
    writeVarUint(encoder.restEncoder, ranges.length);
    for (const { clock, len } of ranges) {
      encoder.writeDsClock(clock);
      encoder.writeDsLen(len);
    }
  }
  return encoder.toUint8Array();
}
