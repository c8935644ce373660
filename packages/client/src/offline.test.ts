import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { describe, expect, it } from 'vitest';
import { makePlace } from '../test/place.ts';
import { openIndexedDb } from './indexeddb-outbox.ts';
import { openMemoryOutbox } from './memory-outbox.ts';

describe('closing the tab while offline', () => {
  it('loses nothing: the next page shows the text, offline too, and sends what was not saved', async () => {
    const storage = new IDBFactory();
    const { makePage, clock, network, house } = await makePlace();
    const open = async () => {
      const page = makePage('ada', await openIndexedDb('room', storage));
      await page.client.open();
      await clock.advance(200);
      return page;
    };
    const first = await open();
    first.type('saved ');
    await clock.advance(10_000);
    network.serve(undefined);
    first.type('kept ');
    await first.client.close();
    const second = await open();
    expect(second.text()).toBe('saved kept ');
    second.type('and more');
    await clock.advance(100);
    await second.client.close();
    house.restart();
    const third = await open();
    await clock.advance(1_000);
    expect(third.text()).toBe('saved kept and more');
    expect(third.client.saving).toBe('saved');
    expect((await house.stored()).getText('file').toString()).toBe('saved kept and more');
    await third.client.close();
    expect((await (await openIndexedDb('room', storage)).load()).edits).toEqual([]);
  });

  it('W2 takes an edit that two tabs send for one', async () => {
    const { openPage, makePage, clock, network, house } = await makePlace();
    const outbox = openMemoryOutbox();
    const one = await openPage('ada', outbox);
    network.serve(undefined);
    one.type('once');
    await clock.advance(100);
    const two = makePage('ada', outbox);
    await two.client.open();
    expect(two.text()).toBe('once');
    house.restart();
    one.client.retry();
    two.client.retry();
    await clock.advance(5_000);
    const keys: string[] = [];
    for await (const page of house.stores.log.read('AAAAAAAAAAAAAAAAAAAAAA' as never))
      keys.push(...page.map(({ key }) => key));
    expect(keys).toHaveLength(1);
    expect([one.client.saving, two.client.saving]).toEqual(['saved', 'saved']);
    expect((await outbox.load()).edits).toEqual([]);
  });

  it('goes on without storage where the browser’s fails', async () => {
    const { openPage, clock, house } = await makePlace();
    const broken = () => Promise.reject(new Error('quota'));
    const complaints: unknown[] = [];
    const { error } = console;
    console.error = (...given) => complaints.push(given);
    try {
      const page = await openPage('ada', {
        durable: true,
        load: broken,
        put: broken,
        acknowledged: broken,
        keep: broken,
        clear: broken,
      });
      page.type('x');
      await clock.advance(1_000);
      expect(page.client.keeps).toBe(false);
      expect(page.told.keeps).toEqual([[false]]);
      expect(page.client.saving).toBe('saved');
      expect((await house.stored()).getText('file').toString()).toBe('x');
    } finally {
      console.error = error;
    }
    expect(complaints.length).toBeGreaterThan(0);
  });
});

describe('whether edits outlive the page', () => {
  it('is so in IndexedDB, not in memory', async () => {
    const { makePage } = await makePlace();
    expect(makePage('ada', await openIndexedDb('room', new IDBFactory())).client.keeps).toBe(true);
    expect(makePage('ada', openMemoryOutbox()).client.keeps).toBe(false);
  });
});

describe('the outbox in IndexedDB', () => {
  const edit = (sequence: number) => ({
    client: 'AAAAAAAAAAAAAAAAAAAAAA' as never,
    sequence,
    update: Uint8Array.of(sequence),
  });

  it('gives back edits in their order, of its own room only', async () => {
    const storage = new IDBFactory();
    const [one, other] = [await openIndexedDb('one', storage), await openIndexedDb('one2', storage)];
    for (const sequence of [1, 2, 10]) await one.put(edit(sequence));
    await other.put(edit(7));
    await one.acknowledged(edit(2).client, [2, 99]);
    expect((await one.load()).edits.map(({ sequence }) => sequence)).toEqual([1, 10]);
    await one.keep('epoch', Uint8Array.of(1, 2));
    expect(await one.load()).toMatchObject({ epoch: 'epoch', document: Uint8Array.of(1, 2) });
    await one.clear();
    expect(await one.load()).toEqual({ epoch: undefined, document: undefined, edits: [] });
    expect((await other.load()).edits).toHaveLength(1);
  });

  it('forgets rooms that were not opened for long, with their edits', async () => {
    const storage = new IDBFactory();
    let now = 0;
    const open = (room: string) => openIndexedDb(room, storage, () => now);
    const [old, other] = [await open('old'), await open('other')];
    await old.keep('epoch', Uint8Array.of(1));
    await old.put(edit(1));
    await other.put(edit(2));
    now = 100 * 24 * 60 * 60 * 1000;
    await other.put(edit(3));
    const own = await open('own');
    await own.load();
    expect(await own.load()).toMatchObject({ edits: [] });
    expect(await old.load()).toEqual({ epoch: undefined, document: undefined, edits: [] });
    expect((await other.load()).edits).toEqual([edit(3)]);
  });

  it('forgets nothing of the room that is being opened', async () => {
    const storage = new IDBFactory();
    let now = 0;
    const room = await openIndexedDb('room', storage, () => now);
    await room.put(edit(1));
    now = 100 * 24 * 60 * 60 * 1000;
    await room.load();
    expect((await room.load()).edits).toEqual([edit(1)]);
  });
});
