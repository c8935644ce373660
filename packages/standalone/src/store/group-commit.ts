/**
 * Groups writes into one transaction: what is asked for while one is being committed is the next. Nothing resolves
 * before its commit is on the disk (rule D1).
 */
import type { DatabaseSync } from 'node:sqlite';

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit {
  readonly #db: DatabaseSync;
  #waiting: Waiting[] = [];
  #scheduled = false;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Runs `work` inside the next transaction; resolves with its value once that is durable. */
  add<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      // After every message that has arrived by now was handed out, so that they share one sync.
      setImmediate(() => this.flush());
    });
  }

  /** Commits what waits, now. */
  flush(): void {
    this.#scheduled = false;
    const group = this.#waiting;
    this.#waiting = [];
    if (group.length === 0) return;
    try {
      this.#commit(group);
    } catch (error) {
      if (group.length === 1) group[0]!.reject(error);
      // One that cannot be written must not take the others with it.
      else for (const one of group) this.#alone(one);
    }
  }

  #alone(one: Waiting): void {
    try {
      this.#commit([one]);
    } catch (error) {
      one.reject(error);
    }
  }

  #commit(group: readonly Waiting[]): void {
    const values: unknown[] = [];
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      for (const { work } of group) values.push(work());
      this.#db.exec('COMMIT');
    } catch (error) {
      // A full disk rolls back by itself.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
    for (const [at, { resolve }] of group.entries()) resolve(values[at]);
  }
}
