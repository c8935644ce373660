/** History in memory. */
import type { History, HistorySegment, RoomEvent } from '../history.ts';
import type { RoomId } from '../ids.ts';

/** Makes an empty history. */
export function memoryHistory(): History {
  const segments = new Map<RoomId, Map<string, HistorySegment>>();
  const events = new Map<RoomId, RoomEvent[]>();
  return {
    async archive(room, segment) {
      const known = segments.get(room) ?? new Map<string, HistorySegment>();
      segments.set(room, known);
      if (!known.has(segment.id)) known.set(segment.id, { id: segment.id, entries: [...segment.entries] });
    },
    async *segments(room) {
      yield* [...(segments.get(room)?.values() ?? [])];
    },
    async record(room, event) {
      const known = events.get(room) ?? [];
      events.set(room, known);
      known.push(event);
    },
    async *events(room) {
      const known = events.get(room);
      if (known) yield [...known];
    },
    async remove(room) {
      segments.delete(room);
      events.delete(room);
    },
  };
}
