/** Whole histories of real writing, typed through the real client into a room on the real store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PersonId } from '@codeconnected/core/room/ids.ts';
import { HandClock } from '@codeconnected/core/room/memory/hand-clock.ts';
import { seeded } from '@codeconnected/core/room/memory/random.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Dial, RoomClient } from '../../../client/src/api.ts';
import { openMemoryOutbox } from '../../../client/src/memory-outbox.ts';
import { createRoomClient } from '../../../client/src/room-client.ts';
import { House, ROOM } from '../../../client/test/house.ts';
import { Network } from '../../../client/test/network.ts';
import { applyPatches, friendsTrace, paperTrace } from '../../../client/test/trace.ts';
import { openStore, type Store } from '../store/open.ts';

/** A machine that is busy with other suites types the paper in minutes; alone it takes some ten seconds. */
const TRACE_MILLISECONDS = 10 * 60_000;
/** Keystrokes that fall into one group: a quick typist's, or a paste's. */
const KEYSTROKES = 20;

let dataDir: string;
let store: Store;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'codeconnected-traces-'));
  store = await openStore({ dataDir });
});
afterEach(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A relay over the open store. */
async function serve() {
  const clock = new HandClock();
  const random = seeded(1);
  const network = new Network(clock, random);
  const { log, snapshots, history, sessions } = store;
  const house = new House({ clock, network, stores: { log, snapshots, history }, sessions });
  await house.start();
  const go = (milliseconds: number) => clock.advance(milliseconds, () => house.idle());
  const join = async (person: string, wrap: (dial: Dial) => Dial = (dial) => dial): Promise<RoomClient> => {
    const dial = wrap(network.dial(person as PersonId));
    const client = createRoomClient({ dial, outbox: openMemoryOutbox(), name: person, clock, random });
    await client.open();
    await go(50);
    expect(client.synced).toBe(true);
    return client;
  };
  return { house, go, join };
}

const textOf = (client: RoomClient) => client.doc.getText('file').toString();

/** The store closed and opened again, and somebody who has nothing joins. */
async function afterRestart(): Promise<string> {
  await store.close();
  store = await openStore({ dataDir });
  const { join } = await serve();
  const started = performance.now();
  const reader = await join('reader');
  console.info(`joined with ${textOf(reader).length} characters after ${Math.round(performance.now() - started)} ms`);
  await reader.close();
  return textOf(reader);
}

const paper = paperTrace();
it(`D1 D3 the whole of ${paper.source} ends as it should: live, after a restart, after compaction`, {
  timeout: TRACE_MILLISECONDS,
}, async () => {
  const { house, go, join } = await serve();
  const [writer, reader] = [await join('writer'), await join('reader')];
  const text = writer.doc.getText('file');
  for (let at = 0; at < paper.patches.length; at += KEYSTROKES) {
    for (const patch of paper.patches.slice(at, at + KEYSTROKES)) applyPatches(text, [patch]);
    await go(20);
    if (at % 40_000 === 0) await store.compact(ROOM);
  }
  await go(1_000);
  expect(writer.saving).toBe('saved');
  expect(textOf(reader) === paper.endContent).toBe(true);
  expect(house.problems).toEqual([]);
  await Promise.all([writer.close(), reader.close()]);
  expect((await afterRestart()) === paper.endContent).toBe(true);
  const compacting = performance.now();
  expect(await store.compact(ROOM)).toMatchObject({ kind: 'done', skipped: [] });
  console.info(`compacted in ${Math.round(performance.now() - compacting)} ms`);
  expect(await store.log.weight(ROOM)).toEqual({ entries: 0, bytes: 0 });
  expect((await afterRestart()) === paper.endContent).toBe(true);
});

/** Lets somebody else's edits through to a client only as far as the trace says that they were seen. */
function gated() {
  const held: (() => void)[] = [];
  let received = 0;
  let passed = 0;
  let joined = false;
  const wrap =
    (dial: Dial): Dial =>
    (events) =>
      dial({
        ...events,
        message(text) {
          const frame = JSON.parse(text) as { t: string; u?: string };
          if (frame.t === 'update' && frame.u) {
            received += 1;
            held.push(() => events.message(text));
            // An exchange of vectors would show it all at once.
          } else if (frame.t !== 'sync' || !joined) events.message(text);
          joined ||= frame.t === 'sync';
        },
      });
  const passUpTo = (count: number) => {
    for (; passed < count; passed++) held.shift()!();
  };
  return { wrap, passUpTo, received: () => received };
}

const friends = friendsTrace();
it(`D1 D3 W2 the two authors of ${friends.source} end as they should: live, after a restart, after compaction`, {
  timeout: TRACE_MILLISECONDS,
}, async () => {
  const { house, go, join } = await serve();
  const gates = [gated(), gated()] as const;
  const clients = [await join('one', gates[0].wrap), await join('two', gates[1].wrap)] as const;
  // Where both insert at one place at once, the lower number comes first.
  for (const author of [0, 1]) clients[author]!.doc.clientID = author + 1;
  // A frame ends where the other author has seen this one's text up to, and where there is news for this one.
  const ends = new Set(friends.steps.map(({ seen }) => seen));
  const framesUpTo: number[] = [];
  const news = [-1, -1];
  const grouped = [0, 0];
  const flush = async (author: 0 | 1) => {
    if (grouped[author] === 0) return;
    grouped[author] = 0;
    // What is acknowledged has been published.
    do await go(20);
    while (clients[author].saving !== 'saved');
  };
  for (const [at, { author, seen, patches }] of friends.steps.entries()) {
    if (seen !== news[author]) {
      await flush(author);
      news[author] = seen;
      gates[author].passUpTo(framesUpTo[seen]!);
    }
    const { doc } = clients[author];
    doc.transact(() => applyPatches(doc.getText('file'), patches));
    grouped[author]!++;
    if (ends.has(at) || grouped[author]! >= KEYSTROKES) await flush(author);
    framesUpTo[at] = gates[author === 0 ? 1 : 0].received();
  }
  for (const author of [0, 1] as const) await flush(author);
  await go(1_000);
  for (const author of [0, 1] as const) gates[author].passUpTo(gates[author].received());
  for (const client of clients) {
    expect(client.saving).toBe('saved');
    expect(textOf(client) === friends.endContent).toBe(true);
  }
  expect(house.problems).toEqual([]);
  for (const client of clients) await client.close();
  expect((await afterRestart()) === friends.endContent).toBe(true);
  expect(await store.compact(ROOM)).toMatchObject({ kind: 'done', skipped: [] });
  expect((await afterRestart()) === friends.endContent).toBe(true);
});
