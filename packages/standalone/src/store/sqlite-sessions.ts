/** CodeSessions in SQLite. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CodedError } from '@codeconnected/core/error/visible.ts';
import type { LanguageId, PersonId, RoomId } from '@codeconnected/core/room/ids.ts';
import type { CodeSession, CodeSessions } from '@codeconnected/core/session/code-sessions.ts';
import type { GroupCommit } from './group-commit.ts';

interface Row {
  id: string;
  epoch: string;
  creator: string;
  origin: string;
  language: string;
  created_at: number;
  last_used_at: number;
  terminal_epoch: number;
}

export class SqliteSessions implements CodeSessions {
  readonly #commits: GroupCommit;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #touch: StatementSync;
  readonly #raise: StatementSync;
  readonly #count: StatementSync;
  readonly #unused: StatementSync;
  readonly #delete: StatementSync;

  constructor(db: DatabaseSync, commits: GroupCommit) {
    this.#commits = commits;
    this.#insert = db.prepare(
      `INSERT INTO sessions (id, epoch, creator, origin, language, created_at, last_used_at, terminal_epoch)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    );
    this.#select = db.prepare('SELECT * FROM sessions WHERE id = ?');
    this.#touch = db.prepare('UPDATE sessions SET last_used_at = :at WHERE id = :id AND last_used_at < :at');
    this.#raise = db.prepare(
      'UPDATE sessions SET terminal_epoch = terminal_epoch + 1 WHERE id = ? RETURNING terminal_epoch',
    );
    this.#count = db.prepare('SELECT count(*) AS count FROM sessions WHERE origin = ? AND created_at >= ?');
    this.#unused = db.prepare('SELECT id FROM sessions WHERE last_used_at < ? ORDER BY last_used_at LIMIT ?');
    this.#delete = db.prepare('DELETE FROM sessions WHERE id = ?');
  }

  create(session: CodeSession): Promise<'created' | 'exists'> {
    return this.#commits.add(() => {
      const { id, epoch, creator, origin, language, createdAt, lastUsedAt, terminalEpoch } = session;
      const { changes } = this.#insert.run(id, epoch, creator, origin, language, createdAt, lastUsedAt, terminalEpoch);
      return changes === 1 ? 'created' : 'exists';
    });
  }

  async read(id: RoomId): Promise<CodeSession | undefined> {
    const row = this.#select.get(id) as unknown as Row | undefined;
    return (
      row && {
        id: row.id as RoomId,
        epoch: row.epoch,
        creator: row.creator as PersonId,
        origin: row.origin,
        language: row.language as LanguageId,
        createdAt: row.created_at,
        lastUsedAt: row.last_used_at,
        terminalEpoch: row.terminal_epoch,
      }
    );
  }

  async touch(id: RoomId, at: number): Promise<void> {
    await this.#commits.add(() => this.#touch.run({ id, at }));
  }

  async raiseTerminalEpoch(id: RoomId): Promise<number> {
    const row = await this.#commits.add(() => this.#raise.get(id) as { terminal_epoch: number } | undefined);
    if (!row) throw new CodedError('room-unknown');
    return row.terminal_epoch;
  }

  async countCreated(origin: string, since: number): Promise<number> {
    return (this.#count.get(origin, since) as { count: number }).count;
  }

  async unusedSince(before: number, most: number): Promise<readonly RoomId[]> {
    return this.#unused.all(before, most).map((row) => (row as { id: RoomId }).id);
  }

  async remove(id: RoomId): Promise<void> {
    await this.#commits.add(() => this.#delete.run(id));
  }
}
