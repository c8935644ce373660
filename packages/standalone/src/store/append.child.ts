/**
 * A process that tests kill or watch: appends to one room and writes each acknowledgement to its standard output.
 *
 *     node append.child.ts <dataDir> <room> <how many> <at once> [compact]
 */
import { writeSync } from 'node:fs';
import type { PersonId, RoomId } from '@codeconnected/core/room/ids.ts';
import * as Y from 'yjs';
import { openStore } from './open.ts';

/** What each brings: a text of this many characters. */
const CHARACTERS = 180;
/** Between two tries to write to a pipe that is full. */
const BEHIND_MILLISECONDS = 1;
const doc = new Y.Doc();
doc.getText('f').insert(0, 'x'.repeat(CHARACTERS));
const UPDATE = Y.encodeStateAsUpdate(doc);

const [dataDir = '', room = '', count = '0', atOnce = '1', then] = process.argv.slice(2);
const store = await openStore({ dataDir });
say('open');
let next = 1;

/** Writes a line at once; a reader who is behind is waited for. */
function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BEHIND_MILLISECONDS);
    }
  }
}

async function appendOn(): Promise<void> {
  while (next <= Number(count)) {
    const key = `child#${next++}`;
    try {
      const entry = { key, update: UPDATE, author: 'child' as PersonId, at: Date.now() };
      await store.log.append(room as RoomId, entry);
    } catch (error) {
      say(`refused ${key} ${error instanceof Error ? error.message : error}`);
      continue;
    }
    say(`acknowledged ${key}`);
  }
}

await Promise.all(Array.from({ length: Number(atOnce) }, appendOn));
if (then === 'compact') say((await store.compact(room as RoomId)).kind);
await store.close();
