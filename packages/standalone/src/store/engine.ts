/** The store itself, in the thread that calls it: the worker in the product, a test directly. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { RoomId } from '@codeconnected/core/room/ids.ts';
import { DATABASE_FILE, openDatabase } from './database.ts';
import { DiskSpace } from './disk-space.ts';
import { removeFrom } from './durable-file.ts';
import { FileHistory } from './file-history.ts';
import { FileSnapshots } from './file-snapshots.ts';
import { GroupCommit } from './group-commit.ts';
import { lockDataDir } from './lock.ts';
import type { StoreBounds } from './messages.ts';
import { roomFolder } from './room-folder.ts';
import { SqliteLog } from './sqlite-log.ts';
import { SqliteSessions } from './sqlite-sessions.ts';

/** Milliseconds after which what was appended for a room that never came to be is deleted. */
const ORPHAN_MILLISECONDS = 24 * 60 * 60_000;
/** A room's first text is appended before the room is there: a crash in between leaves it behind. */
const ORPHANS = `DELETE FROM log WHERE room IN (
  SELECT room FROM log WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE id = room) GROUP BY room HAVING max(at) < ?
)`;

export class Engine {
  readonly log: SqliteLog;
  readonly snapshots: FileSnapshots;
  readonly history: FileHistory;
  readonly sessions: SqliteSessions;
  readonly #dataDir: string;
  readonly #db: DatabaseSync;
  readonly #commits: GroupCommit;
  readonly #unlock: () => void;

  /** Takes the data directory, makes what is missing in it and finishes what a crash left half done. */
  constructor(dataDir: string, { historyBytes, freeBytes = 0 }: StoreBounds = {}) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    this.#dataDir = dataDir;
    this.#unlock = lockDataDir(dataDir);
    try {
      this.#db = openDatabase(join(dataDir, DATABASE_FILE));
    } catch (error) {
      this.#unlock();
      throw error;
    }
    this.#commits = new GroupCommit(this.#db);
    const disk = new DiskSpace(dataDir, freeBytes);
    this.log = new SqliteLog(this.#db, this.#commits, () => disk.full);
    this.snapshots = new FileSnapshots(dataDir);
    this.history = new FileHistory(dataDir, this.#db, this.#commits, historyBytes);
    this.sessions = new SqliteSessions(this.#db, this.#commits);
    this.#db.prepare(ORPHANS).run(Date.now() - ORPHAN_MILLISECONDS);
    for (const row of this.#db.prepare('SELECT room FROM removed').all()) this.#removeFiles(row.room as RoomId);
    this.#db.exec('DELETE FROM removed');
  }

  /**
   * Deletes all there is of a room that was last used before a time. Its rows go first, with a note by which the next
   * start would finish.
   * @returns false where it has been used since: nothing is deleted then
   */
  async removeRoom(room: RoomId, unusedSince = Number.POSITIVE_INFINITY): Promise<boolean> {
    // Only for the check: nothing but a room's id may become a path later.
    roomFolder(this.#dataDir, room);
    const removed = await this.#commits.add(() => {
      const used = this.#db.prepare('SELECT last_used_at AS at FROM sessions WHERE id = ?').get(room);
      if (used && (used.at as number) >= unusedSince) return false;
      this.#db.prepare('INSERT INTO removed (room) VALUES (?) ON CONFLICT DO NOTHING').run(room);
      for (const [table, column] of ROOM_ROWS) this.#db.prepare(`DELETE FROM ${table} WHERE ${column} = ?`).run(room);
      return true;
    });
    if (!removed) return false;
    this.#removeFiles(room);
    await this.#commits.add(() => this.#db.prepare('DELETE FROM removed WHERE room = ?').run(room));
    return true;
  }

  #removeFiles(room: RoomId): void {
    this.history.forget(room);
    removeFrom(roomFolder(this.#dataDir, room), () => true);
  }

  /** Commits what waits, then gives the data directory back. */
  close(): void {
    this.#commits.flush();
    this.#db.close();
    this.#unlock();
  }
}

/** Where rows of a room lie, and by which column. */
const ROOM_ROWS = [
  ['log', 'room'],
  ['events', 'room'],
  ['sessions', 'id'],
] as const;
