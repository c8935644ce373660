/** A log in memory: durable for as long as it exists. */
import type { RoomId } from '../ids.ts';
import type { LoggedUpdate, UpdateLog } from '../update-log.ts';

/** Entries per page of a read. */
const PAGE = 100;

/** Makes an empty log. */
export function memoryUpdateLog(): UpdateLog {
  const rooms = new Map<RoomId, Map<string, LoggedUpdate>>();
  const of = (room: RoomId) => rooms.get(room) ?? new Map<string, LoggedUpdate>();
  return {
    async append(room, entry) {
      let entries = rooms.get(room);
      if (!entries) {
        entries = new Map();
        rooms.set(room, entries);
      }
      if (entries.has(entry.key)) return 'duplicate';
      entries.set(entry.key, { ...entry, update: entry.update.slice() });
      return 'appended';
    },
    async *read(room) {
      const entries = [...of(room).values()];
      for (let at = 0; at < entries.length; at += PAGE) yield entries.slice(at, at + PAGE);
    },
    async remove(room, keys) {
      const entries = of(room);
      for (const key of keys) entries.delete(key);
    },
    async weight(room) {
      let bytes = 0;
      for (const { update } of of(room).values()) bytes += update.length;
      return { entries: of(room).size, bytes };
    },
  };
}
