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

  /**
   * Deletes what is due; a room with somebody in it is in use. One that fails is reported and holds up no other; the
   * next look tries it again.
   * @returns how many went
   */
  async sweep(): Promise<number> {
    const { sessions, clock, roomMilliseconds, report } = this.#options;
    const failed = new Set<RoomId>();
    let removed = 0;
    while (!this.#closed) {
      const now = clock.now();
      // Those that failed are still due and come first.
      const most = BATCH + failed.size;
      const due = await sessions.unusedSince(now - roomMilliseconds, most);
      for (const room of due.filter((each) => !failed.has(each))) {
        if (this.#closed) break;
        try {
          if (await this.#expire(room, now)) removed += 1;
        } catch (problem) {
          failed.add(room);
          report(problem, 'expiry');
        }
      }
      if (due.length < most) break;
    }
    return removed;
  }

  /** @returns whether the room went */
  async #expire(room: RoomId, now: number): Promise<boolean> {
    const { sessions, connections, roomMilliseconds, remove } = this.#options;
    if ((await connections.list(room)).length === 0) return await remove(room, now - roomMilliseconds);
    await sessions.touch(room, now);
    return false;
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
