/**
 * One writer for each data directory. The kernel holds the lock for as long as the process lives and no longer, so
 * that none is ever stale: it is SQLite's own lock on a file that holds nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another process writes this data directory. */
export class DataDirInUse extends Error {
  constructor(dataDir: string, holder: string) {
    super(`${dataDir} is in use by another process${holder && ` (${holder})`}; two would damage it`);
    this.name = 'DataDirInUse';
  }
}

/**
 * Takes the data directory for this process.
 * @returns gives it back
 * @throws DataDirInUse
 */
export function lockDataDir(dataDir: string): () => void {
  const who = join(dataDir, 'web.pid');
  const db = new DatabaseSync(join(dataDir, 'web.lock'), { timeout: 0 });
  try {
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new DataDirInUse(dataDir, holder(who));
  }
  writeFileSync(who, `${process.pid}\n`, { mode: 0o600 });
  return () => db.close();
}

/** SQLite's result code for a lock that somebody else has. */
const SQLITE_BUSY = 5;

/** Who has it, as far as is known; only said, never relied on. */
function holder(path: string): string {
  try {
    return `process ${readFileSync(path, 'utf8').trim()}`;
  } catch {
    return '';
  }
}
