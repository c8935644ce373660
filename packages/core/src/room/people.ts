/** How people appear to each other: names and colours. */
import type { Connection } from './connections.ts';
import type { PersonHere } from './frames.ts';
import type { PersonId } from './ids.ts';

/** Colours in the palette of people. */
export const PERSON_COLORS = 8;
/** What somebody is called who gave no name. */
const NO_NAME = 'Guest';

/** Letters, marks, digits, punctuation, symbols and spaces; nothing that steers a terminal or a line. */
export function cleanName(name: string): string {
  return name.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, '').trim() || NO_NAME;
}

/** A connection as everyone is told of it. */
export function personOf({ id, person, name, color }: Connection): PersonHere {
  return { connection: id, person, name, color };
}

/** A person's colour: the one of their other tabs, or the one that is used least. */
export function colorFor(person: PersonId, others: readonly Connection[]): number {
  const same = others.find((other) => other.person === person);
  if (same) return same.color;
  const uses = Array.from({ length: PERSON_COLORS }, () => 0);
  for (const { color } of others) if (uses[color] !== undefined) uses[color]++;
  return uses.indexOf(Math.min(...uses));
}
