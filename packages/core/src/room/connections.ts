/**
 * Port: who is in a room, and through which connection.
 *
 * A disconnect may never be announced (rule W2): entries are a hint that a push corrects.
 * Its contract suite is `connections.contract.ts`.
 */
import type { ClientId, ConnectionId, PersonId, RoomId } from './ids.ts';

/** What a person may do in a room. Guests with the link are editors until accounts bring more. */
export type Role = 'owner' | 'editor' | 'writer' | 'viewer';

/** One connection that has joined a room. */
export interface Connection {
  readonly id: ConnectionId;
  readonly room: RoomId;
  readonly person: PersonId;
  /** The page load that it belongs to. */
  readonly client: ClientId;
  readonly name: string;
  /** Index into the palette of people's colours. */
  readonly color: number;
  readonly role: Role;
  /** When it joined, milliseconds since 1970. */
  readonly joinedAt: number;
}

export interface Connections {
  /** Adds or replaces; visible to every later `list` (strongly consistent, rule D2). */
  register(connection: Connection): Promise<void>;
  find(id: ConnectionId): Promise<Connection | undefined>;
  /** @returns the connection that was removed, if there was one */
  remove(id: ConnectionId): Promise<Connection | undefined>;
  list(room: RoomId): Promise<readonly Connection[]>;
}
