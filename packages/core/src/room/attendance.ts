/**
 * Who came and who went, by person: told at once and in one step, so that two tabs that close together are one
 * departure and a join that is repeated is no second arrival.
 */
import type { Connection } from './connections.ts';
import type { ConnectionId, PersonId, RoomId } from './ids.ts';

export class Attendance {
  readonly #rooms = new Map<RoomId, Map<PersonId, Set<ConnectionId>>>();

  /** A connection joined. @returns whether it is its person's first */
  came({ room, person, id }: Connection): boolean {
    const people = this.#rooms.get(room) ?? new Map<PersonId, Set<ConnectionId>>();
    this.#rooms.set(room, people);
    const here = people.get(person);
    if (!here) people.set(person, new Set([id]));
    else here.add(id);
    return here === undefined;
  }

  /** A connection is no more. @returns whether it was its person's last */
  went({ room, person, id }: Connection): boolean {
    const people = this.#rooms.get(room);
    const here = people?.get(person);
    if (!people || !here?.delete(id) || here.size > 0) return false;
    people.delete(person);
    if (people.size === 0) this.#rooms.delete(room);
    return true;
  }
}
