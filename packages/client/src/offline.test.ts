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

  it('leaves what is unsaved to a tab that is open, and sends nothing in its place', async () => {
    const { openPage, clock, network, house, sent, frames } = await makePlace();
    const outbox = openMemoryOutbox();
    const [one, two] = [await openPage('ada', outbox), await openPage('ada', outbox)];
    network.serve(undefined);
    one.type('mine');
    await clock.advance(100);
    house.restart();
    sent.length = 0;
    two.client.retry();
    await clock.advance(50);
    expect(two.client.link.kind).toBe('live');
    expect(frames().filter(({ t }) => t === 'edit')).toEqual([]);
    one.client.retry();
    await clock.advance(1_000);
    expect(two.text()).toBe('mine');
  });

  it.each([
    ['by the next connection of one that is open', true],
    ['within half a minute by one that is connected', false],
  ])('is taken over %s', async (_, reconnects) => {
    const { openPage, clock, network, house } = await makePlace();
    const outbox = openMemoryOutbox();
    const [one, two] = [await openPage('ada', outbox), await openPage('ada', outbox)];
    if (reconnects) network.serve(undefined);
    else network.cut(network.connections[0]!, 'nobody');
    one.type('left');
    await clock.advance(100);
    await one.client.close();
    if (reconnects) house.restart();
    two.type(' behind');
    await clock.advance(reconnects ? 2_000 : 31_000);
    expect(two.text()).toContain('left');
    expect(two.client.saving).toBe('saved');
    expect((await house.stored()).getText('file').toString()).toBe(two.text());
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
        claim: () => () => undefined,
        load: broken,
        put: broken,
        acknowledged: broken,
        keep: broken,
        setAside: broken,
        recovered: broken,
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
  const days = (count: number) => count * 24 * 60 * 60 * 1000;

  it('forgets documents of rooms that were not opened for long, where all is saved', async () => {
    const storage = new IDBFactory();
    let now = 0;
    const open = (room: string) => openIndexedDb(room, storage, () => now);
    const [saved, unsaved] = [await open('saved'), await open('unsaved')];
    for (const outbox of [saved, unsaved]) {
      await outbox.put([edit(1)], 'epoch', []);
      await outbox.keep('epoch', Uint8Array.of(1));
    }
    await saved.acknowledged(edit(1).client, [1]);
    now = days(1_000);
    const own = await open('own');
    await own.load();
    expect(await saved.load()).toMatchObject({ document: undefined, edits: [] });
    expect(await unsaved.load()).toMatchObject({ document: Uint8Array.of(1), edits: [edit(1)] });
  });

  it('keeps edits and what was lost, however old', async () => {
    const storage = new IDBFactory();
    let now = 0;
    const open = (room: string) => openIndexedDb(room, storage, () => now);
    const old = await open('old');
    const lost = { id: 'a', epoch: 'first', document: Uint8Array.of(7) };
    await old.put([edit(1)], 'epoch', []);
    await old.setAside(lost, []);
    now = days(1_000);
    await (await open('own')).load();
    await old.load();
    expect(await old.load()).toMatchObject({ edits: [edit(1)], lost: [lost] });
  });

  it('calls an edit left behind after a minute where the browser does not say which pages are open', async () => {
    let now = 0;
    const outbox = await openIndexedDb('room', new IDBFactory(), () => now, null);
    await outbox.put([edit(1)], 'epoch', []);
    now = 59_000;
    expect((await outbox.load()).edits).toMatchObject([{ living: true }]);
    now = 61_000;
    expect((await outbox.load()).edits).toMatchObject([{ living: false }]);
  });
});
