/**
 * The database's shape, as steps forward. A step that was released is never changed; a further one is added.
 *
 * `log` is ordered by `seq` within a room, since a document is put together quickest in the order it was written.
 */
import type { DatabaseSync } from 'node:sqlite';

const STEPS: readonly string[] = [
  `CREATE TABLE sessions (
     id TEXT PRIMARY KEY,
     epoch TEXT NOT NULL,
     creator TEXT NOT NULL,
     origin TEXT NOT NULL,
     language TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     last_used_at INTEGER NOT NULL,
     terminal_epoch INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX sessions_by_origin ON sessions (origin, created_at);
   CREATE INDEX sessions_by_use ON sessions (last_used_at);
   CREATE TABLE log (
     room TEXT NOT NULL,
     seq INTEGER NOT NULL,
     key TEXT NOT NULL,
     author TEXT NOT NULL,
     at INTEGER NOT NULL,
     data BLOB NOT NULL,
     PRIMARY KEY (room, seq),
     UNIQUE (room, key)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE events (
     room TEXT NOT NULL,
     seq INTEGER NOT NULL,
     event TEXT NOT NULL,
     PRIMARY KEY (room, seq)
   ) STRICT, WITHOUT ROWID;
   -- Rooms whose files are still to be deleted: written with the deletion of their rows, so that a crash forgets none.
   CREATE TABLE removed (room TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;`,
];

/** The version that this code writes. */
export const SCHEMA_VERSION = STEPS.length;

/**
 * Brings a database up to this version, each step whole or not at all.
 * @throws where the database is of a later version: an older program must not write into it
 */
export function migrate(db: DatabaseSync): void {
  const row = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (row.user_version > SCHEMA_VERSION) {
    throw new Error(
      `The data directory was written by a later version (schema ${row.user_version}, this one knows ${SCHEMA_VERSION}). Update Codeconnected.`,
    );
  }
  for (let version = row.user_version; version < SCHEMA_VERSION; version++) {
    db.exec('BEGIN IMMEDIATE');
    try {
      db.exec(STEPS[version]!);
      db.exec(`PRAGMA user_version = ${version + 1}`);
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }
}
