/** The rooms that this browser opened before, kept in its own storage alone. */
import { isRoomId } from '@codeconnected/core/room/ids.ts';

/** A room as the home page lists it. */
export interface RememberedRoom {
  readonly id: string;
  readonly title: string;
  /** The language's name, as people read it. */
  readonly language: string;
  readonly lines: number;
  /** When it was last open here, milliseconds since 1970. */
  readonly at: number;
  /** Names of the others who were there. */
  readonly people: readonly string[];
}

const KEY = 'codeconnected.rooms';
/** Rooms that are kept; the one unused for longest is forgotten. */
const ROOMS_MOST = 200;
/** Names that are kept of one room. */
export const PEOPLE_MOST = 5;

/** A storage that may refuse, as in some private windows. */
type Store = Pick<Storage, 'getItem' | 'setItem'>;

function asRoom(value: unknown): RememberedRoom | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, title, language, lines, at, people } = value as Record<string, unknown>;
  if (typeof id !== 'string' || !isRoomId(id) || typeof at !== 'number' || !Number.isFinite(at)) return undefined;
  return {
    id,
    title: typeof title === 'string' ? title : '',
    language: typeof language === 'string' ? language : '',
    lines: typeof lines === 'number' && lines >= 0 ? lines : 0,
    at,
    people: Array.isArray(people) ? people.filter((name) => typeof name === 'string').slice(0, PEOPLE_MOST) : [],
  };
}

/** The rooms, latest first. Whatever cannot be read is left out. */
export function rememberedRooms(store: Store): RememberedRoom[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(store.getItem(KEY) ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(parsed)) return [];
  const byId = new Map<string, RememberedRoom>();
  for (const room of parsed.map(asRoom)) if (room && !byId.has(room.id)) byId.set(room.id, room);
  return [...byId.values()].sort((a, b) => b.at - a.at);
}

function keep(store: Store, rooms: readonly RememberedRoom[]): void {
  try {
    store.setItem(KEY, JSON.stringify(rooms.slice(0, ROOMS_MOST)));
  } catch {
    // Full or forbidden: the list stays as it was.
  }
}

/** Adds a room or brings it up to date. Reads first, since other tabs write too. */
export function rememberRoom(store: Store, room: RememberedRoom): void {
  const others = rememberedRooms(store).filter(({ id }) => id !== room.id);
  keep(
    store,
    [room, ...others].sort((a, b) => b.at - a.at),
  );
}

/** Takes a room off the list; the room itself stays. @returns what was listed, for undo */
export function forgetRoom(store: Store, id: string): RememberedRoom | undefined {
  const rooms = rememberedRooms(store);
  keep(
    store,
    rooms.filter((room) => room.id !== id),
  );
  return rooms.find((room) => room.id === id);
}

/** Those whose title, language or people hold every word of a query. */
export function searchRooms(rooms: readonly RememberedRoom[], query: string): readonly RememberedRoom[] {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rooms;
  return rooms.filter(({ title, language, people }) => {
    const text = [title || 'untitled', language, ...people].join(' ').toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
}
