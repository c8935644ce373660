/** Who is in a room, in memory: what one machine uses. */
import type { Connection, Connections } from '../connections.ts';
import type { ConnectionId, RoomId } from '../ids.ts';

/** Makes an empty register. */
export function memoryConnections(): Connections {
  const byId = new Map<ConnectionId, Connection>();
  const byRoom = new Map<RoomId, Map<ConnectionId, Connection>>();
  const forget = (connection: Connection) => {
    byId.delete(connection.id);
    const room = byRoom.get(connection.room);
    room?.delete(connection.id);
    if (room?.size === 0) byRoom.delete(connection.room);
  };
  return {
    async register(connection) {
      const before = byId.get(connection.id);
      if (before && before.room !== connection.room) forget(before);
      byId.set(connection.id, connection);
      const room = byRoom.get(connection.room) ?? new Map<ConnectionId, Connection>();
      byRoom.set(connection.room, room);
      room.set(connection.id, connection);
    },
    find: async (id) => byId.get(id),
    async remove(id) {
      const connection = byId.get(id);
      if (connection) forget(connection);
      return connection;
    },
    list: async (room) => [...(byRoom.get(room)?.values() ?? [])],
  };
}
