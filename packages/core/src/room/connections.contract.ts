/** What every Connections does. */
import { describe, expect, it } from 'vitest';
import type { Connection, Connections } from './connections.ts';
import { type ClientId, type ConnectionId, drawAccessId, type PersonId, type RoomId } from './ids.ts';

function connection(room: RoomId, more: Partial<Connection> = {}): Connection {
  return {
    id: drawAccessId() as ConnectionId,
    room,
    person: drawAccessId() as PersonId,
    client: drawAccessId() as ClientId,
    name: 'Ünal 😀',
    color: 3,
    role: 'editor',
    joinedAt: 1_700_000_000_000,
    ...more,
  };
}

/** @param make an empty register, or one that the other tests' rooms are in */
export function describeConnectionsContract(name: string, make: () => Promise<Connections> | Connections): void {
  const fresh = () => drawAccessId() as RoomId;
  const ids = async (connections: Connections, room: RoomId) =>
    (await connections.list(room)).map(({ id }) => id).sort();

  describe(`Connections: ${name}`, () => {
    it('D2 lists a connection as soon as its registering has resolved', async () => {
      const connections = await make();
      const room = fresh();
      const here: ConnectionId[] = [];
      for (let n = 0; n < 10; n++) {
        const next = connection(room);
        await connections.register(next);
        here.push(next.id);
        expect(await ids(connections, room)).toEqual([...here].sort());
        expect(await connections.find(next.id)).toEqual(next);
      }
    });

    it('replaces what is registered again', async () => {
      const connections = await make();
      const room = fresh();
      const first = connection(room);
      await connections.register(first);
      await connections.register({ ...first, name: 'another', role: 'viewer' });
      expect(await connections.list(room)).toEqual([{ ...first, name: 'another', role: 'viewer' }]);
    });

    it('lists several connections of one person', async () => {
      const connections = await make();
      const room = fresh();
      const one = connection(room);
      const two = connection(room, { person: one.person });
      await connections.register(one);
      await connections.register(two);
      expect(await ids(connections, room)).toEqual([one.id, two.id].sort());
    });

    it('W2 removes once, and tells what it removed', async () => {
      const connections = await make();
      const room = fresh();
      const [one, two] = [connection(room), connection(room)];
      await connections.register(one);
      await connections.register(two);
      expect(await connections.remove(one.id)).toEqual(one);
      expect(await connections.remove(one.id)).toBeUndefined();
      expect(await connections.find(one.id)).toBeUndefined();
      expect(await ids(connections, room)).toEqual([two.id]);
    });

    it('keeps rooms apart', async () => {
      const connections = await make();
      const [here, there] = [connection(fresh()), connection(fresh())];
      await connections.register(here);
      await connections.register(there);
      expect(await ids(connections, here.room)).toEqual([here.id]);
      expect(await connections.list(fresh())).toEqual([]);
    });
  });
}
