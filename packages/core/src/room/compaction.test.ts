import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import {
  COMPACT_BYTES,
  COMPACT_ENTRIES,
  COMPACT_IDLE_MILLISECONDS,
  COMPACT_RETRY_MILLISECONDS,
  type CompactionResult,
  CompactionSchedule,
  type CompactionStores,
  compact,
  compactionDue,
} from './compaction.ts';
import { Documents } from './documents.ts';
import type { PersonId, RoomId } from './ids.ts';
import { HandClock } from './memory/hand-clock.ts';
import { memoryHistory } from './memory/history.ts';
import { memorySnapshotStore } from './memory/snapshot-store.ts';
import { memoryUpdateLog } from './memory/update-log.ts';
import { memoryWorkbench } from './memory/workbench.ts';

const ROOM = 'AAAAAAAAAAAAAAAAAAAAAA' as RoomId;

function place() {
  const stores = {
    log: memoryUpdateLog(),
    snapshots: memorySnapshotStore(),
    history: memoryHistory(),
    workbench: memoryWorkbench(),
  };
  const page = new Y.Doc();
  let keys = 0;
  const pending: Promise<unknown>[] = [];
  page.on('update', (update: Uint8Array) => {
    pending.push(stores.log.append(ROOM, { key: `k${++keys}`, update, author: 'p' as PersonId, at: keys }));
  });
  const write = async (text: string) => {
    page.getText('f').insert(page.getText('f').length, text);
    await Promise.all(pending);
  };
  const read = async () => {
    const { log, snapshots, workbench } = stores;
    const options = { log, snapshots, workbench, clock: new HandClock() };
    const doc = await new Documents({ ...options, onlyWriter: false, report: () => undefined }).read(ROOM);
    return doc.getText('f').toString();
  };
  const remembered = async () => {
    const known = new Set<string>();
    for await (const { entries } of stores.history.segments(ROOM)) for (const { key } of entries) known.add(key);
    return [...known].sort();
  };
  return { stores, page, write, read, remembered };
}

describe('D3 compaction', () => {
  it('keeps the text, empties the log and remembers every edit with author and time', async () => {
    const { stores, write, read, remembered, page } = place();
    await write('one ');
    await write('two ');
    page.getText('f').delete(0, 1);
    expect(await compact(ROOM, stores)).toEqual({ kind: 'done', entries: 3, skipped: [] });
    await write('three');
    expect(await read()).toBe('ne two three');
    expect((await stores.snapshots.read(ROOM))?.text.files).toEqual([]);
    expect(await stores.log.weight(ROOM)).toMatchObject({ entries: 1 });
    expect(await compact(ROOM, stores)).toMatchObject({ entries: 1 });
    expect(await compact(ROOM, stores)).toEqual({ kind: 'nothing' });
    expect(await remembered()).toEqual(['k1', 'k2', 'k3', 'k4']);
    for await (const { entries } of stores.history.segments(ROOM)) {
      for (const { author, at } of entries) expect([author, at > 0]).toEqual(['p', true]);
    }
  });

  it.each(['archive', 'write', 'remove'] as const)(
    'loses nothing to a crash before or after it would %s',
    async (step) => {
      for (const after of [false, true]) {
        const { stores, write, read, remembered } = place();
        await write('one ');
        await compact(ROOM, stores);
        await write('two ');
        const dying = <T extends object>(store: T): T =>
          new Proxy(store, {
            get(target, name) {
              const value: unknown = Reflect.get(target, name);
              if (name !== step || typeof value !== 'function') return value;
              return async (...args: unknown[]) => {
                if (after) await value.apply(target, args);
                throw new Error('crash');
              };
            },
          });
        const crashing = {
          ...stores,
          log: dying(stores.log),
          snapshots: dying(stores.snapshots),
          history: dying(stores.history),
        };
        await expect(compact(ROOM, crashing)).rejects.toThrow('crash');
        expect(await read()).toBe('one two ');
        await write('three');
        await compact(ROOM, stores);
        expect(await read()).toBe('one two three');
        expect(await stores.log.weight(ROOM)).toMatchObject({ entries: 0 });
        expect(await remembered()).toEqual(['k1', 'k2', 'k3']);
      }
    },
  );

  it('deletes only what it merged', async () => {
    const { stores, write, read } = place();
    await write('one ');
    const during: CompactionStores = {
      ...stores,
      snapshots: {
        ...stores.snapshots,
        write: async (...args) => {
          await write('two');
          return stores.snapshots.write(...args);
        },
      },
    };
    await compact(ROOM, during);
    expect(await stores.log.weight(ROOM)).toMatchObject({ entries: 1 });
    expect(await read()).toBe('one two');
  });

  it('gives way to another one that was quicker, and deletes nothing then', async () => {
    const { stores, write, read } = place();
    await write('one ');
    const late: CompactionStores = {
      ...stores,
      snapshots: {
        ...stores.snapshots,
        write: async (room, next, expected) => {
          const [copy] = await Promise.all([stores.snapshots.write(room, next, expected)]);
          expect(copy.kind).toBe('written');
          await write('two');
          return stores.snapshots.write(room, next, expected);
        },
      },
    };
    expect(await compact(ROOM, late)).toEqual({ kind: 'conflict' });
    expect(await stores.log.weight(ROOM)).toMatchObject({ entries: 2 });
    expect(await read()).toBe('one two');
  });

  it('keeps an edit whose predecessor has not come yet', async () => {
    const { stores, read } = place();
    const page = new Y.Doc();
    const updates: Uint8Array[] = [];
    page.on('update', (update: Uint8Array) => updates.push(update));
    for (const letter of ['c', 'b', 'a']) page.getText('f').insert(0, letter);
    const append = (at: number) =>
      stores.log.append(ROOM, { key: `w${at}`, update: updates[at]!, author: 'p' as PersonId, at });
    await append(2);
    await compact(ROOM, stores);
    await append(0);
    await append(1);
    expect(await read()).toBe('abc');
  });
});

describe('when to compact', () => {
  it('waits for many entries, many bytes, or quiet', () => {
    expect(compactionDue({ entries: 0, bytes: 0 }, 1e9)).toBe(false);
    expect(compactionDue({ entries: COMPACT_ENTRIES - 1, bytes: 10 }, 0)).toBe(false);
    expect(compactionDue({ entries: COMPACT_ENTRIES, bytes: 10 }, 0)).toBe(true);
    expect(compactionDue({ entries: 1, bytes: COMPACT_BYTES }, 0)).toBe(true);
    expect(compactionDue({ entries: 1, bytes: 10 }, COMPACT_IDLE_MILLISECONDS)).toBe(true);
  });

  function scheduled(compacting: (log: { entries: number }) => Promise<CompactionResult>) {
    const clock = new HandClock();
    const log = { entries: 0 };
    const reported: unknown[] = [];
    let runs = 0;
    const schedule = new CompactionSchedule({
      log: { weight: async () => ({ entries: log.entries, bytes: log.entries }) },
      clock,
      compact: () => {
        runs++;
        return compacting(log);
      },
      report: (_, problem) => reported.push(problem),
    });
    const append = () => {
      log.entries++;
      schedule.appended(ROOM, 1);
    };
    return { clock, schedule, append, log, reported, runs: () => runs };
  }
  const clean = async (log: { entries: number }): Promise<CompactionResult> => {
    const { entries } = log;
    log.entries = 0;
    return { kind: 'done', entries, skipped: [] };
  };

  it('compacts at once when there is much, and once for one full log', async () => {
    const { clock, append, runs } = scheduled(clean);
    for (let at = 0; at < COMPACT_ENTRIES; at++) append();
    await clock.advance(1);
    expect(runs()).toBe(1);
    append();
    await clock.advance(COMPACT_IDLE_MILLISECONDS / 2);
    expect(runs()).toBe(1);
  });

  it('compacts a little after the room has come to rest, not while it is in use', async () => {
    const { clock, append, runs } = scheduled(clean);
    for (let at = 0; at < 10; at++) {
      append();
      await clock.advance(COMPACT_IDLE_MILLISECONDS / 2);
    }
    expect(runs()).toBe(0);
    await clock.advance(COMPACT_IDLE_MILLISECONDS * 2);
    expect(runs()).toBe(1);
    expect(clock.next).toBeUndefined();
  });

  it('compacts what an earlier process left, once the room is opened', async () => {
    const { clock, schedule, log, runs } = scheduled(clean);
    log.entries = 3;
    schedule.opened(ROOM);
    await clock.advance(COMPACT_IDLE_MILLISECONDS * 2);
    expect(runs()).toBe(1);
  });

  it('tries again after a failure or a conflict', async () => {
    let tries = 0;
    const { clock, append, runs, reported } = scheduled(async (log) => {
      tries++;
      if (tries === 1) throw new Error('disk');
      if (tries === 2) return { kind: 'conflict' };
      return clean(log);
    });
    append();
    await clock.advance(COMPACT_IDLE_MILLISECONDS);
    expect(reported).toHaveLength(1);
    await clock.advance(COMPACT_RETRY_MILLISECONDS * 2);
    expect(runs()).toBe(3);
  });

  it('does nothing more once closed', async () => {
    const { clock, append, schedule, runs } = scheduled(clean);
    append();
    await schedule.close();
    append();
    await clock.advance(COMPACT_IDLE_MILLISECONDS * 3);
    expect(runs()).toBe(0);
  });
});
