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
const doc = new Y.Doc();
doc.getText('f').insert(0, 'x'.repeat(CHARACTERS));
const UPDATE = Y.encodeStateAsUpdate(doc);

const [dataDir = '', room = '', count = '0', atOnce = '1', then] = process.argv.slice(2);
const store = await openStore({ dataDir });
writeSync(1, 'open\n');
let next = 1;

async function appendOn(): Promise<void> {
  while (next <= Number(count)) {
    const key = `child#${next++}`;
    try {
      const entry = { key, update: UPDATE, author: 'child' as PersonId, at: Date.now() };
      await store.log.append(room as RoomId, entry);
    } catch (error) {
      writeSync(1, `refused ${key} ${error instanceof Error ? error.message : error}\n`);
      continue;
    }
    writeSync(1, `acknowledged ${key}\n`);
  }
}

await Promise.all(Array.from({ length: Number(atOnce) }, appendOn));
if (then === 'compact') writeSync(1, `${(await store.compact(room as RoomId)).kind}\n`);
await store.close();
