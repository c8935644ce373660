/**
 * Port: the durable log of a room's document updates.
 *
 * Its contract suite is `update-log.contract.ts`; every adapter passes it.
 */
import type { PersonId, RoomId } from './ids.ts';

/** One update as it lies in the log. */
export interface LoggedUpdate {
  /** `client#sequence`, within the author's own namespace: a resend has the same key and is the same entry. */
  readonly key: string;
  /** A Yjs update (format 1) that was decoded within bounds before it got here (rule D6). */
  readonly update: Uint8Array;
  /** The connection's person, never a Yjs client id (rule D6). */
  readonly author: PersonId;
  /** When the server received it, milliseconds since 1970. */
  readonly at: number;
}

/** What a room's log holds at the moment. */
export interface LogWeight {
  readonly entries: number;
  readonly bytes: number;
}

/** Entries may be read in any order; Yjs needs none. */
export interface UpdateLog {
  /**
   * Keeps an update. Resolves only once it is durable: after an fsync, or after the service's own acknowledgement (rule D1).
   * @returns `duplicate` when the key was there already; the first entry stays as it was
   */
  append(room: RoomId, entry: LoggedUpdate): Promise<'appended' | 'duplicate'>;
  /** All entries, in pages, including every one whose append had resolved before the call (strongly consistent). */
  read(room: RoomId): AsyncIterable<readonly LoggedUpdate[]>;
  /** Removes exactly these keys; unknown ones are ignored (rule D3). */
  remove(room: RoomId, keys: readonly string[]): Promise<void>;
  /** How much compaction would have to do. */
  weight(room: RoomId): Promise<LogWeight>;
}
