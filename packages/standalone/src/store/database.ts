/** Opens the database so that a commit is on the disk when it returns (rule D1). */
import { DatabaseSync } from 'node:sqlite';
import { migrate } from './migrations.ts';

/** Name of the database in the data directory. */
export const DATABASE_FILE = 'codeconnected.db';
/** Bytes that the write-ahead log is cut down to after a checkpoint. */
const WAL_BYTES = 16 * 1024 * 1024;
/** KiB of pages held in memory: rooms in use are in memory as documents anyway. */
const CACHE_KIB = 4096;

/** Opens or makes the database and brings it up to this version. */
export function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    const { journal_mode } = db.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string };
    if (journal_mode !== 'wal') throw new Error(`${path}: this file system does not take a write-ahead log`);
    // FULL: the write-ahead log is synced on each commit. NORMAL would lose acknowledged commits on a power cut.
    db.exec(`PRAGMA synchronous = FULL;
      PRAGMA journal_size_limit = ${WAL_BYTES};
      PRAGMA cache_size = -${CACHE_KIB};`);
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
