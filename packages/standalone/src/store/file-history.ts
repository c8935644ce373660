/** History: merged segments in files, numbered in the order they were archived; events in SQLite. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { fromBase64, toBase64 } from '@codeconnected/core/room/base64.ts';
import type { History, HistorySegment, RoomEvent } from '@codeconnected/core/room/history.ts';
import type { PersonId, RoomId } from '@codeconnected/core/room/ids.ts';
import type { LoggedUpdate } from '@codeconnected/core/room/update-log.ts';
import { listDurable, readDurable, removeFrom, writeDurably } from './durable-file.ts';
import type { GroupCommit } from './group-commit.ts';
import { roomFolder } from './room-folder.ts';

const PREFIX = 'segment-';
/** Digits of a segment's number, so that names sort. */
const DIGITS = 8;
/** Letters of a segment's hash in its name: 128 bits. */
const HASH_LETTERS = 32;
/** Bytes of a file are counted in whole blocks, as a disk does. */
const BLOCK_BYTES = 4096;
/** Rooms whose segments' size is remembered; a number each. */
const SIZES_MOST = 10_000;
/** Events that are kept of one room: who comes and goes in a class in a year. */
const EVENTS_MOST = 5_000;
/** Events in one page of a read. */
const PAGE_EVENTS = 1000;

interface Head {
  readonly format: 1;
  readonly id: string;
  readonly entries: readonly { key: string; author: string; at: number; bytes: number }[];
}

/** Some events; `next` is where to go on, absent at the end. */
export interface EventPage {
  readonly events: readonly RoomEvent[];
  readonly next?: number;
}

export class FileHistory implements History {
  readonly #dataDir: string;
  readonly #commits: GroupCommit;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #delete: StatementSync;
  readonly #trimEvents: StatementSync;
  readonly #historyBytes: number;
  /** Bytes of each room's segments, where they were counted. */
  readonly #sizes = new Map<RoomId, number>();

  /** @param historyBytes of one room's segments */
  constructor(dataDir: string, db: DatabaseSync, commits: GroupCommit, historyBytes = Number.POSITIVE_INFINITY) {
    this.#dataDir = dataDir;
    this.#historyBytes = historyBytes;
    this.#commits = commits;
    this.#insert = db.prepare(
      `INSERT INTO events (room, seq, event)
       VALUES (:room, (SELECT coalesce(max(seq), 0) + 1 FROM events WHERE room = :room), :event)`,
    );
    this.#select = db.prepare('SELECT seq, event FROM events WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?');
    this.#trimEvents = db.prepare(
      `DELETE FROM events WHERE room = :room AND seq <= (SELECT max(seq) FROM events WHERE room = :room) - ${EVENTS_MOST}`,
    );
    this.#delete = db.prepare('DELETE FROM events WHERE room = ?');
  }

  async archive(room: RoomId, segment: HistorySegment): Promise<void> {
    const folder = roomFolder(this.#dataDir, room);
    const ending = `-${createHash('sha256').update(segment.id).digest('hex').slice(0, HASH_LETTERS)}`;
    const names = this.segmentNames(room);
    if (names.some((name) => name.endsWith(ending))) return;
    const number = Number(names.at(-1)?.slice(PREFIX.length, PREFIX.length + DIGITS) ?? 0) + 1;
    const head: Head = {
      format: 1,
      id: segment.id,
      entries: segment.entries.map(({ key, author, at, update }) => ({ key, author, at, bytes: update.length })),
    };
    const name = `${PREFIX}${String(number).padStart(DIGITS, '0')}${ending}`;
    writeDurably(join(folder, name), { head, body: Buffer.concat(segment.entries.map(({ update }) => update)) });
    this.#trim(room, [...names, name]);
  }

  /** Deletes the oldest segments beyond what a room may have; the newest stays. */
  #trim(room: RoomId, names: readonly string[]): void {
    const folder = roomFolder(this.#dataDir, room);
    const sizeOf = (name: string) => Math.ceil(statSync(join(folder, name)).size / BLOCK_BYTES) * BLOCK_BYTES;
    const newest = names.at(-1)!;
    const known = this.#sizes.get(room);
    let bytes = known === undefined ? names.reduce((sum, each) => sum + sizeOf(each), 0) : known + sizeOf(newest);
    const gone = new Set<string>();
    for (const name of names) {
      if (bytes <= this.#historyBytes || name === newest) break;
      gone.add(name);
      bytes -= sizeOf(name);
    }
    if (gone.size > 0) removeFrom(folder, (name) => gone.has(name));
    this.#sizes.delete(room);
    this.#sizes.set(room, bytes);
    if (this.#sizes.size > SIZES_MOST) this.#sizes.delete(this.#sizes.keys().next().value!);
  }

  /** A room's files were deleted. */
  forget(room: RoomId): void {
    this.#sizes.delete(room);
  }

  /** Names of a room's segments, oldest first. */
  segmentNames(room: RoomId): readonly string[] {
    return listDurable(roomFolder(this.#dataDir, room))
      .filter((name) => name.startsWith(PREFIX))
      .sort();
  }

  /** One segment; undefined where it is gone. @param name one of `segmentNames` */
  segment(room: RoomId, name: string): HistorySegment | undefined {
    const file = readDurable<Head>(join(roomFolder(this.#dataDir, room), name));
    if (!file) return undefined;
    const entries: LoggedUpdate[] = [];
    let from = 0;
    for (const { key, author, at, bytes } of file.head.entries) {
      // A copy, since a part of a large buffer would take all of it between threads.
      entries.push({ key, author: author as PersonId, at, update: file.body.slice(from, from + bytes) });
      from += bytes;
    }
    return { id: file.head.id, entries };
  }

  async *segments(room: RoomId): AsyncIterable<HistorySegment> {
    for (const name of this.segmentNames(room)) {
      const segment = this.segment(room, name);
      if (segment) yield segment;
    }
  }

  async record(room: RoomId, event: RoomEvent): Promise<void> {
    const text = JSON.stringify(event, (_key, value) => (value instanceof Uint8Array ? toBase64(value) : value));
    await this.#commits.add(() => {
      this.#insert.run({ room, event: text });
      this.#trimEvents.run({ room });
    });
  }

  /** Events after a place, up to a page's worth. */
  eventPage(room: RoomId, after: number): EventPage {
    const rows = this.#select.all(room, after, PAGE_EVENTS) as unknown as { seq: number; event: string }[];
    const events = rows.map(({ event }) => revive(JSON.parse(event)));
    return rows.length === PAGE_EVENTS ? { events, next: rows.at(-1)!.seq } : { events };
  }

  async *events(room: RoomId): AsyncIterable<readonly RoomEvent[]> {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page = this.eventPage(room, after);
      if (page.events.length > 0) yield page.events;
      after = page.next;
    }
  }

  async remove(room: RoomId): Promise<void> {
    await this.#commits.add(() => this.#delete.run(room));
    removeFrom(roomFolder(this.#dataDir, room), (name) => name.startsWith(PREFIX));
    this.forget(room);
  }
}

function revive(event: RoomEvent): RoomEvent {
  return event.kind === 'run' ? { ...event, version: fromBase64(event.version as unknown as string) } : event;
}
