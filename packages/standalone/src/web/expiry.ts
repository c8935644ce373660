/** Deletes rooms that nobody used for long. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { Connections } from '@codeconnected/core/room/connections.ts';
import type { RoomId } from '@codeconnected/core/room/ids.ts';
import type { CodeSessions } from '@codeconnected/core/session/code-sessions.ts';

/** Milliseconds between looks. */
const LOOK_MILLISECONDS = 60 * 60_000;
/** Milliseconds after the start until the first: the start itself stays quick. */
const FIRST_MILLISECONDS = 60_000;
/** Rooms in one batch. */
const BATCH = 100;

export interface ExpiryOptions {
  readonly sessions: CodeSessions;
  readonly connections: Pick<Connections, 'list'>;
  readonly clock: Clock;
  readonly roomMilliseconds: number;
  /** Deletes all there is of a room unless it was used at or after a time; says whether it did. */
  readonly remove: (room: RoomId, unusedSince: number) => Promise<boolean>;
  readonly report: (problem: unknown, about: string) => void;
}

export class Expiry {
  readonly #options: ExpiryOptions;
  #cancel: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: ExpiryOptions) {
    this.#options = options;
    this.#plan(FIRST_MILLISECONDS);
  }

  /** Deletes what is due; a room with somebody in it is in use. @returns how many went */
  async sweep(): Promise<number> {
    const { sessions, connections, clock, roomMilliseconds, remove } = this.#options;
    let removed = 0;
    while (!this.#closed) {
      const now = clock.now();
      const due = await sessions.unusedSince(now - roomMilliseconds, BATCH);
      for (const room of due) {
        if (this.#closed) break;
        if ((await connections.list(room)).length > 0) await sessions.touch(room, now);
        else if (await remove(room, now - roomMilliseconds)) removed += 1;
      }
      if (due.length < BATCH) break;
    }
    return removed;
  }

  /** Starts no more, and resolves when the present look is over. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#running;
  }

  #plan(milliseconds: number): void {
    this.#cancel = this.#options.clock.after(milliseconds, () => {
      this.#running = this.sweep().then(
        () => undefined,
        (problem) => this.#options.report(problem, 'expiry'),
      );
      void this.#running.then(() => {
        if (!this.#closed) this.#plan(LOOK_MILLISECONDS);
      });
    });
  }
}
