/**
 * Port: the record of a code session, which is what a person saves and resumes. A room is its live side.
 *
 * Its contract suite is `code-sessions.contract.ts`.
 */
import type { LanguageId, PersonId, RoomId } from '../room/ids.ts';

export interface CodeSession {
  readonly id: RoomId;
  /** Identity of the document (rule D4); a client that holds another one is told so. */
  readonly epoch: string;
  /** The guest who opened it; accounts build on this. */
  readonly creator: PersonId;
  /** A keyed hash of the address it was opened from, for the limit on rooms per address. */
  readonly origin: string;
  /** The language it was opened with. */
  readonly language: LanguageId;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970; raised by `touch`. */
  readonly lastUsedAt: number;
  /** Raised by every claim of a sandbox; frames of an older one are dropped (rule C1). */
  readonly terminalEpoch: number;
}

export interface CodeSessions {
  create(session: CodeSession): Promise<'created' | 'exists'>;
  read(id: RoomId): Promise<CodeSession | undefined>;
  /** Moves `lastUsedAt` forward, never back. */
  touch(id: RoomId, at: number): Promise<void>;
  /** Adds one and returns the new value; no two calls return the same. Rejects for an unknown room. */
  raiseTerminalEpoch(id: RoomId): Promise<number>;
  /** How many were created from an origin at or after a time. */
  countCreated(origin: string, since: number): Promise<number>;
  /** Those last used before a time, oldest first. */
  unusedSince(before: number, most: number): Promise<readonly RoomId[]>;
  remove(id: RoomId): Promise<void>;
}
