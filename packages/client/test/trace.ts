/**
 * Histories of real writing, keystroke by keystroke, or seeded ones of the same size where those are absent.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type Random, seeded } from '@codeconnected/core/room/memory/random.ts';
import * as Y from 'yjs';

/** Position, how many characters are deleted there, and what is inserted. */
export type Patch = readonly [position: number, deleted: number, inserted: string];

/** One author, start to end. */
export interface Trace {
  /** Where it comes from, for a test's title. */
  readonly source: string;
  readonly patches: readonly Patch[];
  readonly endContent: string;
}

/** What one of two authors does after having seen so many steps of the other. */
export interface Step {
  readonly author: 0 | 1;
  /** Index of the latest step of the other author that was seen, or -1. */
  readonly seen: number;
  readonly patches: readonly Patch[];
}

/** Two authors who write at once. */
export interface PairTrace {
  readonly source: string;
  readonly steps: readonly Step[];
  readonly endContent: string;
}

const DATA = join(dirname(fileURLToPath(import.meta.url)), '../../../../shared/data');
/** Keystrokes of the paper, and steps of the two friends. */
const PAPER_PATCHES = 259_778;
const PAIR_STEPS = 26_078;

function read(name: string): unknown {
  const file = join(DATA, `${name}.json.gz`);
  return existsSync(file) ? JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) : undefined;
}

/** The history of a paper of 105,000 characters. */
export function paperTrace(): Trace {
  const data = read('automerge-paper') as { endContent: string; txns: { patches: Patch[] }[] } | undefined;
  if (!data) return generatedPaper();
  const patches = data.txns.flatMap((txn) => txn.patches);
  return { source: 'automerge-paper', patches, endContent: data.endContent };
}

/** The history of two friends who write one text. */
export function friendsTrace(): PairTrace {
  const data = read('friendsforever') as
    | { endContent: string; txns: { parents: number[]; agent: 0 | 1; patches: Patch[] }[] }
    | undefined;
  if (!data) return generatedPair();
  // What each step knows: the latest step of either author among all that lead to it.
  const known: [number, number][] = [];
  const steps = data.txns.map(({ parents, agent, patches }, at): Step => {
    const latest: [number, number] = [-1, -1];
    for (const parent of parents) {
      for (const author of [0, 1] as const) latest[author] = Math.max(latest[author], known[parent]![author]);
    }
    const seen = latest[agent === 0 ? 1 : 0];
    latest[agent] = at;
    known.push(latest);
    return { author: agent, seen, patches };
  });
  return { source: 'friendsforever', steps, endContent: data.endContent };
}

/** Letters before and after a cursor, so that typing costs the same everywhere. */
class Letters {
  readonly #before: string[] = [];
  /** Last first. */
  readonly #after: string[] = [];

  get length(): number {
    return this.#before.length + this.#after.length;
  }

  apply([position, deleted, inserted]: Patch): void {
    while (this.#before.length > position) this.#after.push(this.#before.pop()!);
    while (this.#before.length < position) this.#before.push(this.#after.pop()!);
    this.#after.length -= deleted;
    this.#before.push(...inserted);
  }

  toString(): string {
    return this.#before.join('') + this.#after.toReversed().join('');
  }
}

const WORDS = 'the of a room two people write at once and nothing is ever lost '.split('');

/** The next keystroke of somebody who mostly goes on where they are. */
function keystroke(cursor: number, length: number, random: Random): Patch {
  const at = random.chance(0.004) ? random.below(length + 1) : Math.min(cursor, length);
  if (at > 0 && random.chance(0.28)) return [at - 1, 1, ''];
  return [at, 0, random.pick(WORDS)];
}

function generatedPaper(): Trace {
  const random = seeded(2026);
  const letters = new Letters();
  const patches: Patch[] = [];
  let cursor = 0;
  for (let at = 0; at < PAPER_PATCHES; at++) {
    const patch = keystroke(cursor, letters.length, random);
    letters.apply(patch);
    cursor = patch[0] + patch[2].length;
    patches.push(patch);
  }
  return { source: 'a generated trace of the size of automerge-paper', patches, endContent: letters.toString() };
}

/** Two plain documents decide what is expected; they know nothing of clients or a relay. */
function generatedPair(): PairTrace {
  const random = seeded(2027);
  const docs = [new Y.Doc(), new Y.Doc()] as const;
  const unseen: [Uint8Array[], Uint8Array[]] = [[], []];
  const cursors = [0, 0];
  const latest = [-1, -1];
  const seen = [-1, -1];
  const steps: Step[] = [];
  for (const author of [0, 1] as const) {
    docs[author].clientID = author + 1;
    docs[author].on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== 'other') unseen[author].push(update);
    });
  }
  const meet = (author: 0 | 1) => {
    const other = author === 0 ? 1 : 0;
    for (const update of unseen[other].splice(0)) Y.applyUpdate(docs[author], update, 'other');
    seen[author] = latest[other]!;
  };
  let author: 0 | 1 = 0;
  for (let at = 0; at < PAIR_STEPS; at++) {
    if (random.chance(0.08)) author = author === 0 ? 1 : 0;
    if (random.chance(0.15)) meet(author);
    const text = docs[author].getText('file');
    const patch = keystroke(cursors[author]!, text.length, random);
    cursors[author] = patch[0] + patch[2].length;
    steps.push({ author, seen: seen[author]!, patches: [patch] });
    latest[author] = at;
    applyPatches(text, [patch]);
  }
  meet(0);
  const source = 'a generated trace of the size of friendsforever';
  return { source, steps, endContent: docs[0].getText('file').toString() };
}

/** Types into a text. */
export function applyPatches(text: Y.Text, patches: readonly Patch[]): void {
  for (const [position, deleted, inserted] of patches) {
    if (deleted > 0) text.delete(position, deleted);
    if (inserted) text.insert(position, inserted);
  }
}
