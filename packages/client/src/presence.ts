/** Who is here and where their cursors stand; the server says who, each client says where. No I/O. */
import type { Cursor, PersonHere } from '@codeconnected/core/room/frames.ts';
import type { ConnectionId } from '@codeconnected/core/room/ids.ts';
import type { PersonPresent } from './api.ts';

/** Cursors kept of connections that are not in the list yet: their entry may come late. */
const EARLY_CURSORS_MOST = 100;

export class Presence {
  #you: PersonHere | undefined;
  #version = -1;
  #people: readonly PersonHere[] = [];
  #cursors = new Map<ConnectionId, Cursor>();

  /** A new connection: lists start anew, cursors come again. */
  welcome(you: PersonHere): void {
    this.#you = you;
    this.#version = -1;
    this.#cursors.clear();
  }

  /** @returns whether somebody came who does not know one's own cursor; undefined for an outdated list */
  list(version: number, people: readonly PersonHere[]): boolean | undefined {
    if (version <= this.#version) return undefined;
    const known = new Set(this.#people.map((person) => person.connection));
    this.#version = version;
    this.#people = people;
    const here = new Set(people.map((person) => person.connection));
    for (const id of this.#cursors.keys()) if (!here.has(id) && known.has(id)) this.#cursors.delete(id);
    return people.some(({ connection }) => !known.has(connection) && connection !== this.#you?.connection);
  }

  cursor(connection: ConnectionId, cursor: Cursor): void {
    if (this.#cursors.size > EARLY_CURSORS_MOST + this.#people.length) this.#cursors.clear();
    this.#cursors.set(connection, cursor);
  }

  /** Oneself first, then by name. */
  get people(): readonly PersonPresent[] {
    const you = this.#you;
    return this.#people
      .map((person) => ({
        ...person,
        you: person.person === you?.person,
        self: person.connection === you?.connection,
        cursor: this.#cursors.get(person.connection) ?? undefined,
      }))
      .sort(
        (a, b) =>
          Number(b.self) - Number(a.self) ||
          Number(b.you) - Number(a.you) ||
          a.name.localeCompare(b.name) ||
          (a.connection < b.connection ? -1 : 1),
      );
  }
}
