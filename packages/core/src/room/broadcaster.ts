/** Frames on their way out: to one connection, to a room, and the list of who is there. */
import type { Clock } from '../clock.ts';
import type { Connections } from './connections.ts';
import type { ServerFrame } from './frames.ts';
import type { ConnectionId, RoomId } from './ids.ts';
import { cut } from './parts.ts';
import type { Publisher } from './publisher.ts';

/**
 * Milliseconds between two lists of who is there: each goes to everyone, and a person may change their name as often as
 * they like.
 */
const PEOPLE_MILLISECONDS = 500;

export interface BroadcasterOptions {
  readonly connections: Connections;
  readonly publisher: Publisher;
  readonly clock: Clock;
}

export class Broadcaster {
  readonly #options: BroadcasterOptions;
  readonly #gone: (id: ConnectionId) => Promise<void>;
  /** Rooms whose list went out lately, with whether another is wanted. */
  readonly #listed = new Map<RoomId, { wanted: boolean }>();
  #parts = 0;
  #version = 0;

  /** @param gone told of a connection that a push did not reach */
  constructor(options: BroadcasterOptions, gone: (id: ConnectionId) => Promise<void>) {
    this.#options = options;
    this.#gone = gone;
  }

  /** Pushes a frame to one connection, in parts where it is large. Never rejects. */
  async send(to: ConnectionId, frame: ServerFrame): Promise<void> {
    await this.#push(to, this.#cut(frame));
  }

  /**
   * Rule D2: the caller has appended; now the connections are read, then pushed to, each on its own (rule W3).
   * @param except who caused it
   */
  async publish(room: RoomId, frame: ServerFrame, except?: ConnectionId): Promise<void> {
    const texts = this.#cut(frame);
    const here = await this.#options.connections.list(room);
    await Promise.all(here.map(({ id }) => (id === except ? undefined : this.#push(id, texts))));
  }

  /**
   * Tells everyone who is there: at once, or with all that comes in a moment.
   * @param newcomer is told at once in any case
   */
  async people(room: RoomId, newcomer?: ConnectionId): Promise<void> {
    const listed = this.#listed.get(room);
    if (listed) {
      listed.wanted = true;
      if (newcomer !== undefined) await this.#list(room, newcomer);
      return;
    }
    this.#rest(room);
    await this.#list(room);
  }

  #rest(room: RoomId): void {
    const listed = { wanted: false };
    this.#listed.set(room, listed);
    this.#options.clock.after(PEOPLE_MILLISECONDS, () => {
      this.#listed.delete(room);
      if (!listed.wanted) return;
      this.#rest(room);
      // What went wrong concerns a list that the next one replaces.
      this.#list(room).catch(() => undefined);
    });
  }

  async #list(room: RoomId, only?: ConnectionId): Promise<void> {
    // Drawn before the list is read, so that a higher version is never an older list; after a restart it is higher
    // too, as it follows the clock.
    this.#version = Math.max(this.#version + 1, this.#options.clock.now());
    const v = this.#version;
    const here = await this.#options.connections.list(room);
    const people = here.map(({ id, person, name, color }) => ({ connection: id, person, name, color }));
    const texts = this.#cut({ t: 'people', v, people });
    await Promise.all(here.map(({ id }) => (only === undefined || id === only ? this.#push(id, texts) : undefined)));
  }

  #cut(frame: ServerFrame): readonly string[] {
    return cut(JSON.stringify(frame), () => (++this.#parts).toString(36));
  }

  async #push(to: ConnectionId, texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      if ((await this.#options.publisher.push(to, text)) === 'sent') continue;
      await this.#gone(to);
      return;
    }
  }
}
