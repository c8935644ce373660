import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { buildDocument } from './build-document.ts';
import { compact } from './compaction.ts';
import { Documents } from './documents.ts';
import type { PersonId, RoomId } from './ids.ts';
import { HandClock, settled } from './memory/hand-clock.ts';
import { memoryHistory } from './memory/history.ts';
import { memorySnapshotStore } from './memory/snapshot-store.ts';
import { memoryUpdateLog } from './memory/update-log.ts';
import { memoryWorkbench } from './memory/workbench.ts';
import type { LoggedUpdate, UpdateLog } from './update-log.ts';
import { deletionsIn, readDeletions, vectorOf } from './vector.ts';

const ROOM = 'AAAAAAAAAAAAAAAAAAAAAA' as RoomId;

function place(onlyWriter: boolean, over: Partial<UpdateLog> = {}, more: { liveBytes?: number } = {}) {
  const clock = new HandClock();
  const stores = {
    log: memoryUpdateLog(),
    snapshots: memorySnapshotStore(),
    history: memoryHistory(),
    workbench: memoryWorkbench(),
  };
  const reported: string[] = [];
  const documents = new Documents({
    workbench: memoryWorkbench(),
    log: { ...stores.log, ...over },
    snapshots: stores.snapshots,
    clock,
    onlyWriter,
    report: (_, keys) => reported.push(...keys),
    ...more,
  });
  const page = new Y.Doc();
  const updates: Uint8Array[] = [];
  page.on('update', (update: Uint8Array) => updates.push(update));
  const write = async (text: string) => {
    page.getText('f').insert(0, text);
    await append(updates.at(-1)!);
  };
  let keys = 0;
  const append = async (update: Uint8Array) => {
    await stores.log.append(ROOM, { key: `k${++keys}`, update, author: 'p' as PersonId, at: 0 });
    documents.appended(ROOM, update);
  };
  return { clock, ...stores, documents, reported, page, updates, write, append };
}

const textIn = (doc: Y.Doc | undefined) => doc?.getText('f').toString();

describe.each([true, false])('documents, only writer: %s', (onlyWriter) => {
  it('are read whole, from log and snapshot', async () => {
    const { documents, write, ...stores } = place(onlyWriter);
    await write('b');
    await compact(ROOM, stores);
    await write('a');
    expect(textIn(await documents.read(ROOM))).toBe('ab');
    await write('c');
    expect(textIn(await documents.read(ROOM))).toBe('cab');
  });

  it('D2 hide nothing that a compaction moves while they are read', async () => {
    const { log, snapshots, history, workbench, write, clock } = place(onlyWriter);
    await write('b');
    await write('a');
    // The compaction comes whole between the two reads, whichever is first.
    let compacted = false;
    const between = async () => {
      if (compacted) return;
      compacted = true;
      await compact(ROOM, { log, snapshots, history, workbench });
    };
    const documents = new Documents({
      workbench: memoryWorkbench(),
      log: {
        ...log,
        async *read(room) {
          yield* log.read(room);
          await between();
        },
      },
      snapshots: {
        ...snapshots,
        read: async (room) => {
          const read = await snapshots.read(room);
          await between();
          return read;
        },
      },
      clock,
      onlyWriter,
      report: () => undefined,
    });
    expect(textIn(await documents.read(ROOM))).toBe('ab');
  });

  it('are awaited until they cover a vector', async () => {
    const { documents, clock, page, updates, append } = place(onlyWriter);
    await documents.read(ROOM);
    page.getText('f').insert(0, 'seen by its presser');
    const wanted = vectorOf(page);
    const covering = documents.covering(ROOM, wanted);
    await clock.advance(1_000);
    await append(updates[0]!);
    await clock.advance(1_000);
    expect(textIn(await covering)).toBe('seen by its presser');
  });

  it('are awaited until they have deleted what a presser has deleted', async () => {
    const { documents, clock, page, updates, append } = place(onlyWriter);
    page.getText('f').insert(0, 'seen');
    await append(updates[0]!);
    await documents.read(ROOM);
    page.getText('f').delete(0, 2);
    const deletions = readDeletions(deletionsIn(updates.slice(1), page)!);
    let text: string | undefined;
    void documents.covering(ROOM, vectorOf(page), deletions).then((doc) => {
      text = doc && textIn(doc);
    });
    await clock.advance(1_000);
    expect(text).toBeUndefined();
    await append(updates[1]!);
    await clock.advance(1_000);
    expect(text).toBe('en');
  });

  it('are awaited no longer than the bound', async () => {
    const { documents, clock } = place(onlyWriter);
    let result: Y.Doc | undefined | 'waiting' = 'waiting';
    void documents.covering(ROOM, new Map([[5, 5]])).then((doc) => {
      result = doc;
    });
    await clock.advance(4_900);
    expect(result).toBe('waiting');
    await clock.advance(200);
    expect(result).toBeUndefined();
  });

  it('give their text from the snapshot where the log is empty', async () => {
    const { documents, write, page, ...stores } = place(onlyWriter);
    expect(await documents.text(ROOM)).toBeUndefined();
    page.getMap('files').set('f', 'main.py');
    await write('text');
    await stores.log.append(ROOM, { key: 'x', update: Y.encodeStateAsUpdate(page), author: 'p' as PersonId, at: 0 });
    documents.forget(ROOM);
    expect((await documents.text(ROOM))?.files).toMatchObject([{ name: 'main.py', text: 'text' }]);
    await compact(ROOM, stores);
    documents.forget(ROOM);
    expect((await documents.text(ROOM))?.files).toMatchObject([{ name: 'main.py', text: 'text' }]);
  });
});

describe('live documents', () => {
  it('take in what is appended while they are being read', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { documents, write } = place(true, {
      // Reads before the append, and answers after it.
      async *read() {
        await gate;
        yield [];
      },
    });
    const reading = documents.read(ROOM);
    await settled();
    await write('meanwhile');
    release();
    expect(textIn(await reading)).toBe('meanwhile');
  });

  it('are read again after reading them failed', async () => {
    let failing = true;
    const stores = place(true);
    const documents = new Documents({
      workbench: memoryWorkbench(),
      log: {
        ...stores.log,
        async *read(room) {
          if (failing) throw new Error('disk');
          yield* stores.log.read(room);
        },
      },
      snapshots: stores.snapshots,
      clock: stores.clock,
      onlyWriter: true,
      report: () => undefined,
    });
    await stores.write('x');
    await expect(documents.read(ROOM)).rejects.toThrow('disk');
    failing = false;
    expect(textIn(await documents.read(ROOM))).toBe('x');
  });
});

describe('what live documents take', () => {
  const OTHER = 'BBBBBBBBBBBBBBBBBBBBBQ' as RoomId;

  /** Two rooms of which only one can stay, and how often the first was read from the log. */
  async function crowded() {
    let reads = 0;
    const log = memoryUpdateLog();
    const over: Partial<UpdateLog> = {
      async *read(room) {
        if (room === ROOM) reads += 1;
        yield* log.read(room);
      },
    };
    const stores = place(true, over, { liveBytes: 100_000 });
    await stores.documents.read(ROOM);
    await stores.documents.read(OTHER);
    const large = new Y.Doc();
    large.getText('f').insert(0, 'x'.repeat(200_000));
    const grow = () => stores.documents.appended(OTHER, Y.encodeStateAsUpdate(large));
    return { ...stores, grow, reads: () => reads };
  }

  it('is bounded when one grows, not only when another is read', async () => {
    const { documents, grow, reads } = await crowded();
    const large = new Y.Doc();
    for (let at = 0; at < 400; at++) large.getText(`${at}`).insert(0, 'x');
    documents.appended(OTHER, Y.encodeStateAsUpdate(large));
    await documents.read(ROOM);
    expect(reads()).toBe(1);
    grow();
    await documents.read(ROOM);
    expect(reads()).toBe(2);
  });

  it('is bounded though somebody waits for edits in one, who still gets them', async () => {
    const { documents, grow, reads, page, updates } = await crowded();
    page.getText('f').insert(0, 'seen by its presser');
    let text: string | undefined;
    void documents.covering(ROOM, vectorOf(page)).then((doc) => {
      text = doc && textIn(doc);
    });
    await settled();
    const large = new Y.Doc();
    for (let at = 0; at < 400; at++) large.getText(`${at}`).insert(0, 'x');
    documents.appended(OTHER, Y.encodeStateAsUpdate(large));
    grow();
    const before = reads();
    documents.appended(ROOM, updates[0]!);
    await settled();
    expect(reads()).toBe(before + 1);
    expect(text).toBeUndefined();
    documents.appended(ROOM, updates[0]!);
    await settled();
    expect(text).toBe('seen by its presser');
  });
});

describe('D6 an entry that throws in spite of the check', () => {
  const entry = (key: string, update: Uint8Array): LoggedUpdate => ({ key, update, author: 'p' as PersonId, at: 0 });

  it('is skipped and reported, and blocks no join', async () => {
    const { documents, write, append, reported } = place(true);
    await write('good');
    await documents.read(ROOM);
    await append(Uint8Array.from([1, 1, 1, 0, 255]));
    await write('very ');
    expect(textIn(await documents.read(ROOM))).toBe('very good');
    expect(reported).toEqual(['k2']);
  });

  it('is the only one left out of a long log, in whatever order it was written', () => {
    const page = new Y.Doc();
    const updates: Uint8Array[] = [];
    page.on('update', (update: Uint8Array) => updates.push(update));
    for (let at = 0; at < 1_000; at++) page.getText('f').insert((at * 7_919) % (at + 1), `${at} `);
    const entries = updates.map((update, at) => entry(`k${at}`, update));
    const shuffled = entries.map((_, at) => entries[(at * 617) % entries.length]!);
    const { doc, skipped } = buildDocument({ entries: shuffled, snapshot: undefined });
    expect(textIn(doc)).toBe(textIn(page));
    expect(skipped).toEqual([]);
  });

  it('is skipped alone, though it threw only when an honest one came that it waited for', () => {
    // An item in its own future, of client 5, that first waits for client 9.
    const honest = new Y.Doc();
    honest.clientID = 9;
    honest.getText('f').insert(0, 'honest');
    const ill = Uint8Array.from([1, 1, 5, 0, 128 | 64 | 4, 9, 0, 5, 7, 1, 120, 0]);
    const probe = new Y.Doc();
    Y.applyUpdate(probe, ill);
    expect(probe.store.pendingStructs).not.toBeNull();
    const entries = [entry('ill', ill), entry('honest', Y.encodeStateAsUpdate(honest))];
    const { doc, skipped } = buildDocument({ entries, snapshot: undefined });
    expect(textIn(doc)).toBe('honest');
    expect(skipped).toEqual(['ill']);
  });
});
