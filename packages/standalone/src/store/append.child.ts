/**
 * A process that tests kill or watch: appends to one room and writes each acknowledgement to its standard output.
 *
 *     node append.child.ts <dataDir> <room> <how many> <at once>
 */
import { writeSync } from 'node:fs';
import type { PersonId, RoomId } from '@codeconnected/core/room/ids.ts';
import { openStore } from './open.ts';

/** Bytes of each update. */
const BYTES = 200;

const [dataDir = '', room = '', count = '0', atOnce = '1'] = process.argv.slice(2);
const store = await openStore({ dataDir });
writeSync(1, 'open\n');
let next = 1;

async function appendOn(): Promise<void> {
  while (next <= Number(count)) {
    const key = `child#${next++}`;
    try {
      const entry = { key, update: new Uint8Array(BYTES).fill(1), author: 'child' as PersonId, at: Date.now() };
      await store.log.append(room as RoomId, entry);
    } catch (error) {
      writeSync(1, `refused ${key} ${error instanceof Error ? error.message : error}\n`);
      continue;
    }
    writeSync(1, `acknowledged ${key}\n`);
  }
}

await Promise.all(Array.from({ length: Number(atOnce) }, appendOn));
await store.close();
