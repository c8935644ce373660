/** UpdateLog in SQLite. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CodedError } from '@codeconnected/core/error/visible.ts';
import type { PersonId, RoomId } from '@codeconnected/core/room/ids.ts';
import type { LoggedUpdate, LogWeight, UpdateLog } from '@codeconnected/core/room/update-log.ts';
import type { GroupCommit } from './group-commit.ts';

/** Bytes of updates in one page of a read, about: what crosses between threads at once. */
const PAGE_BYTES = 256 * 1024;
/** Entries in one page of a read. */
const PAGE_ENTRIES = 1000;

/** Some entries; `next` is where to go on, absent at the end. */
export interface LogPage {
  readonly entries: readonly LoggedUpdate[];
  readonly next?: number;
}

interface Row {
  seq: number;
  key: string;
  author: string;
  at: number;
  data: Uint8Array;
}

export class SqliteLog implements UpdateLog {
  readonly #commits: GroupCommit;
  readonly #full: () => boolean;
  readonly #insert: StatementSync;
  readonly #has: StatementSync;
  readonly #select: StatementSync;
  readonly #delete: StatementSync;
  readonly #weigh: StatementSync;

  /** @param full whether the disk has no room for more */
  constructor(db: DatabaseSync, commits: GroupCommit, full: () => boolean = () => false) {
    this.#commits = commits;
    this.#full = full;
    this.#insert = db.prepare(
      `INSERT INTO log (room, seq, key, author, at, data)
       VALUES (:room, (SELECT coalesce(max(seq), 0) + 1 FROM log WHERE room = :room), :key, :author, :at, :data)
       ON CONFLICT (room, key) DO NOTHING`,
    );
    this.#has = db.prepare('SELECT 1 FROM log WHERE room = ? AND key = ?');
    this.#select = db.prepare(
      'SELECT seq, key, author, at, data FROM log WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?',
    );
    this.#delete = db.prepare('DELETE FROM log WHERE room = ? AND key = ?');
    this.#weigh = db.prepare(
      'SELECT count(*) AS entries, coalesce(sum(length(data)), 0) AS bytes FROM log WHERE room = ?',
    );
  }

  append(room: RoomId, entry: LoggedUpdate): Promise<'appended' | 'duplicate'> {
    const { key, author, at, update } = entry;
    // What is in the log needs no room: a resend of it is acknowledged on a full disk too.
    if (this.#full() && !this.#has.get(room, key)) return Promise.reject(new CodedError('disk-full'));
    return this.#commits.add(() => {
      const { changes } = this.#insert.run({ room, key, author, at, data: update });
      return changes === 1 ? 'appended' : 'duplicate';
    });
  }

  /** Entries after a place, up to a page's worth. */
  page(room: RoomId, after: number): LogPage {
    const entries: LoggedUpdate[] = [];
    let bytes = 0;
    for (const each of this.#select.iterate(room, after, PAGE_ENTRIES)) {
      const row = each as unknown as Row;
      entries.push({ key: row.key, author: row.author as PersonId, at: row.at, update: row.data });
      bytes += row.data.length;
      if (bytes >= PAGE_BYTES || entries.length === PAGE_ENTRIES) return { entries, next: row.seq };
    }
    return { entries };
  }

  async *read(room: RoomId): AsyncIterable<readonly LoggedUpdate[]> {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page = this.page(room, after);
      if (page.entries.length > 0) yield page.entries;
      after = page.next;
    }
  }

  async remove(room: RoomId, keys: readonly string[]): Promise<void> {
    await this.#commits.add(() => {
      for (const key of keys) this.#delete.run(room, key);
    });
  }

  async weight(room: RoomId): Promise<LogWeight> {
    const { entries, bytes } = this.#weigh.get(room) as unknown as LogWeight;
    return { entries, bytes };
  }
}
