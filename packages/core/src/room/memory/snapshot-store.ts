/** Snapshots in memory. */
import type { RoomId } from '../ids.ts';
import type { DocumentSnapshot, SnapshotStore } from '../snapshot-store.ts';

/** Makes an empty store. */
export function memorySnapshotStore(): SnapshotStore {
  const rooms = new Map<RoomId, DocumentSnapshot>();
  let versions = 0;
  return {
    read: async (room) => rooms.get(room),
    async write(room, next, expected) {
      if (rooms.get(room)?.version !== expected) return { kind: 'conflict' };
      const version = `v${++versions}`;
      rooms.set(room, { version, update: next.update.slice(), text: next.text });
      return { kind: 'written', version };
    },
    async remove(room) {
      rooms.delete(room);
    },
  };
}
