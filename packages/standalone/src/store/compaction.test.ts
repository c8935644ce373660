import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDocument, readStored } from '@codeconnected/core/room/build-document.ts';
import { compact } from '@codeconnected/core/room/compaction.ts';
import { drawAccessId, type PersonId, type RoomId } from '@codeconnected/core/room/ids.ts';
import { memoryWorkbench } from '@codeconnected/core/room/memory/workbench.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Engine } from './engine.ts';
import { openStore } from './open.ts';

let dataDir: string;
let room: RoomId;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'codeconnected-compact-'));
  room = drawAccessId() as RoomId;
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** Types numbered words, one update each. */
class Typist {
  readonly doc = new Y.Doc();
  readonly updates: Uint8Array[] = [];
  constructor() {
    this.doc.on('update', (update: Uint8Array) => this.updates.push(update));
  }
  type(count: number): void {
    for (let n = 0; n < count; n++) this.text.insert(this.text.length, `word ${this.updates.length} `);
  }
  get text(): Y.Text {
    return this.doc.getText('f');
  }
}

type Stores = Pick<Engine, 'log' | 'snapshots' | 'history'>;

const withBench = ({ log, snapshots, history }: Stores) => ({ log, snapshots, history, workbench: memoryWorkbench() });

async function append(stores: Pick<Stores, 'log'>, typist: Typist, from: number): Promise<void> {
  for (const [at, update] of typist.updates.entries()) {
    if (at >= from) await stores.log.append(room, { key: `a#${at}`, update, author: 'p' as PersonId, at: Date.now() });
  }
}

async function textOf({ log, snapshots }: Stores): Promise<string> {
  const { doc, skipped } = buildDocument(await readStored(room, log, snapshots));
  expect(skipped).toEqual([]);
  return doc.getText('f').toString();
}

/** Everything ever written, by what is in history and log together. */
async function archived({ history, log }: Stores): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const segment of history.segments(room)) for (const { key } of segment.entries) keys.add(key);
  for await (const page of log.read(room)) for (const { key } of page) keys.add(key);
  return keys;
}

/** The same stores, dying in front of or behind one step; nothing after that happens. */
function dyingAt(stores: Stores, step: string, when: 'before' | 'after'): Stores {
  const dying = <T extends object>(store: T, methods: readonly string[]): T =>
    new Proxy(store, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        const call = value.bind(target);
        if (!methods.includes(String(name))) return call;
        return async (...args: unknown[]) => {
          if (name === step && when === 'before') throw new Error('died');
          const result = await call(...args);
          if (name === step) throw new Error('died');
          return result;
        };
      },
    });
  return {
    log: dying(stores.log, ['remove']),
    snapshots: dying(stores.snapshots, ['write']),
    history: dying(stores.history, ['archive']),
  };
}

describe('compaction on the standalone store', () => {
  for (const step of ['archive', 'write', 'remove']) {
    for (const when of ['before', 'after'] as const) {
      it(`D3 loses nothing to a crash ${when} "${step}", and the next compaction completes`, async () => {
        const typist = new Typist();
        typist.type(30);
        let engine = new Engine(dataDir);
        await append(engine, typist, 0);
        await compact(room, withBench(engine));
        const known = typist.updates.length;
        typist.type(30);
        await append(engine, typist, known);
        await expect(compact(room, withBench(dyingAt(engine, step, when)))).rejects.toThrow('died');
        engine.close();

        engine = new Engine(dataDir);
        expect(await textOf(engine)).toBe(typist.text.toString());
        const later = typist.updates.length;
        typist.type(5);
        await append(engine, typist, later);
        await compact(room, withBench(engine));
        expect(await engine.log.weight(room)).toEqual({ entries: 0, bytes: 0 });
        expect(await textOf(engine)).toBe(typist.text.toString());
        const keys = await archived(engine);
        expect(typist.updates.filter((_update, at) => !keys.has(`a#${at}`))).toEqual([]);
        engine.close();
      });
    }
  }

  it('D3 lets of two compactions at once one through, and deletes only what is merged', async () => {
    const typist = new Typist();
    typist.type(40);
    const engine = new Engine(dataDir);
    await append(engine, typist, 0);
    const results = await Promise.all([compact(room, withBench(engine)), compact(room, withBench(engine))]);
    expect(results.map(({ kind }) => kind).sort()).toEqual(['conflict', 'done']);
    expect(await textOf(engine)).toBe(typist.text.toString());
    engine.close();
  });

  it('D2 D3 shows the whole text to everyone who reads while it is written and compacted', async () => {
    const store = await openStore({ dataDir });
    const typist = new Typist();
    for (let round = 0; round < 20; round++) {
      const from = typist.updates.length;
      typist.type(10);
      const compacting = store.compact(room);
      const { log } = store;
      const appending = typist.updates
        .slice(from)
        .map((update, at) =>
          log.append(room, { key: `a#${from + at}`, update, author: 'p' as PersonId, at: Date.now() }),
        );
      await Promise.all(appending);
      const whole = typist.text.toString();
      const { doc } = buildDocument(await readStored(room, store.log, store.snapshots));
      expect(doc.getText('f').toString()).toBe(whole);
      await compacting;
    }
    expect((await store.compact(room)).kind).toBe('done');
    expect((await store.compact(room)).kind).toBe('nothing');
    expect((await store.snapshots.read(room))?.text).toEqual({
      title: '',
      language: undefined,
      entry: undefined,
      files: [],
    });
    await store.close();
  });
});
