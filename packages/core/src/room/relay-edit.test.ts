import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { fromBase64, toBase64 } from './base64.ts';
import type { ConnectionId } from './ids.ts';
import { settled } from './memory/hand-clock.ts';
import { memoryUpdateLog } from './memory/update-log.ts';
import { CLIENT, edit, makePlace } from './relay.testing.ts';
import { noTerminal } from './terminal-frames.ts';

describe('editing', () => {
  it('D1 acknowledges only once the update is appended', async () => {
    const log = memoryUpdateLog();
    let appended: () => void = () => undefined;
    const place = await makePlace({
      log: {
        ...log,
        append: async (room, entry) => {
          await new Promise<void>((resolve) => {
            appended = resolve;
          });
          return log.append(room, entry);
        },
      },
    });
    await place.join('a');
    await place.join('b');
    const editing = place.send('a', edit(7));
    await settled();
    expect(place.got('a', 'ack')).toEqual([]);
    expect(place.got('b', 'update')).toEqual([]);
    appended();
    await editing;
    expect(place.got('a', 'ack')).toEqual([{ t: 'ack', c: CLIENT, n: [7] }]);
    expect(place.got('b', 'update')).toHaveLength(1);
    expect(place.got('a', 'update')).toEqual([]);
  });

  it('D1 acknowledges nothing that could not be appended, and says which edit', async () => {
    const log = memoryUpdateLog();
    const place = await makePlace({ log: { ...log, append: () => Promise.reject(new Error('disk full')) } });
    await place.join('a');
    await place.send('a', edit(1));
    expect(place.got('a', 'ack')).toEqual([]);
    expect(place.got('a', 'error')).toMatchObject([{ code: 'internal', about: 'edit', c: CLIENT, n: 1 }]);
    expect(place.problems).toHaveLength(1);
  });

  it('W2 takes a repeated edit for the same entry, and acknowledges it again', async () => {
    const place = await makePlace();
    await place.join('a');
    await place.join('b');
    const frame = edit(1);
    for (let times = 0; times < 3; times++) await place.send('a', frame);
    expect(place.got('a', 'ack')).toHaveLength(3);
    expect(place.got('b', 'update')).toHaveLength(1);
    expect(await place.logged()).toHaveLength(1);
  });

  it('D6 logs the connection’s person as author, in a namespace of their own', async () => {
    const place = await makePlace();
    await place.join('a');
    await place.join('thief');
    await place.send('thief', edit(1, 'stolen'));
    await place.send('a', edit(1, 'mine'));
    const entries = await place.logged();
    expect(entries.map(({ key, author }) => [key, author])).toEqual([
      [`thief/${CLIENT}#1`, 'thief'],
      [`a/${CLIENT}#1`, 'a'],
    ]);
  });

  it('D6 refuses a malformed update to its sender alone; the room goes on', async () => {
    const place = await makePlace();
    await place.join('a');
    await place.join('b');
    await place.send('a', { t: 'edit', c: CLIENT, n: 1, u: toBase64(Uint8Array.from([1, 1, 9, 9, 9])) });
    expect(place.got('a', 'error')).toMatchObject([{ code: 'update-malformed', n: 1 }]);
    expect(place.got('b', 'error')).toEqual([]);
    expect(await place.logged()).toEqual([]);
    await place.send('b', edit(1, 'goes on'));
    expect(place.got('a', 'update')).toHaveLength(1);
  });

  it('carries update and cursor in one frame, and a cursor alone', async () => {
    const place = await makePlace();
    await place.join('a');
    await place.join('b');
    const cursor = { file: 'f', anchor: '1', head: '2' };
    await place.send('a', { ...edit(1), k: cursor });
    await place.send('a', { t: 'cursor', k: null });
    expect(place.got('b', 'update')).toMatchObject([
      { c: 'a', k: cursor },
      { c: 'a', k: null },
    ]);
  });

  it('W3 carries at most twenty cursors a second of one connection, the latest of all, and none from before an edit', async () => {
    const place = await makePlace();
    await place.join('a');
    await place.join('b');
    const at = (head: string) => ({ file: 'f', anchor: '1', head });
    const told = () => place.got('b', 'update').map(({ k }) => k?.head);
    for (let n = 1; n <= 100; n++) await place.send('a', { t: 'cursor', k: at(`${n}`) });
    expect(told()).toEqual(['1']);
    await place.clock.advance(1_000);
    expect(told()).toEqual(['1', '100']);
    await place.send('a', { t: 'cursor', k: at('101') });
    await place.send('a', { t: 'cursor', k: at('102') });
    await place.send('a', { ...edit(1), k: at('103') });
    await place.clock.advance(1_000);
    expect(told()).toEqual(['1', '100', '101', '103']);
  });

  it('refuses what makes the document larger than it may be, and still takes deletions', async () => {
    const place = await makePlace({ documentBytes: 1_000 });
    await place.join('a');
    const page = new Y.Doc();
    let n = 0;
    const sending: Promise<void>[] = [];
    page.on('update', (update: Uint8Array) => {
      sending.push(place.send('a', { t: 'edit', c: CLIENT, n: ++n, u: toBase64(update) }));
    });
    page.getText('f').insert(0, 'x'.repeat(900));
    page.getText('f').insert(0, 'y'.repeat(300));
    await Promise.all(sending);
    expect(place.got('a', 'error')).toMatchObject([{ code: 'document-full', n: 2 }]);
    page.getText('f').delete(300, 800);
    await Promise.all(sending);
    expect(place.got('a', 'ack').map((ack) => ack.n)).toEqual([[1], [3]]);
    // What was deleted makes room for what was refused.
    await place.clock.advance(1_000);
    const lacking = new Y.Doc();
    Y.applyUpdate(lacking, Y.encodeStateAsUpdate(page));
    await place.send('a', { t: 'edit', c: CLIENT, n: ++n, u: toBase64(Y.encodeStateAsUpdate(lacking)) });
    expect(place.got('a', 'ack').at(-1)?.n).toEqual([4]);
  });

  it('W2 takes few edits that build on what is not there, and all that are in order', async () => {
    const place = await makePlace();
    await place.join('a');
    // A text of one client, each edit on top of the one before: the first comes last.
    const doc = new Y.Doc();
    const edits: string[] = [];
    doc.on('update', (update: Uint8Array) => edits.push(toBase64(update)));
    for (let at = 0; at < 200; at++) doc.getText('f').insert(at, 'x');
    const send = (at: number) => place.send('a', { t: 'edit', c: CLIENT, n: at + 1, u: edits[at]! });
    await Promise.all(edits.map((_, at) => (at === 0 ? undefined : send(at))));
    expect((await place.logged()).length).toBe(50);
    expect(place.got('a', 'error')).toHaveLength(149);
    expect(place.got('a', 'error')[0]).toMatchObject({ code: 'too-fast', about: 'edit', c: CLIENT });
    await Promise.all(edits.map((_, at) => send(at)));
    expect((await place.logged()).length).toBe(200);
  });

  it('answers the first of many vectors at once, and the latest when it is time', async () => {
    const place = await makePlace();
    await place.join('a');
    await place.send('a', edit(1, 'abc'));
    place.forget();
    const { clock } = place;
    for (let n = 0; n < 50; n++) await place.send('a', { t: 'vector', sv: 'AA==' });
    expect(place.got('a', 'sync')).toHaveLength(1);
    await clock.advance(2_000);
    expect(place.got('a', 'sync')).toHaveLength(2);
    await clock.advance(10_000);
    expect(place.got('a', 'sync')).toHaveLength(2);
    await place.send('a', { t: 'vector', sv: 'AA==' });
    expect(place.got('a', 'sync')).toHaveLength(3);
  });

  it('answers a vector with what is missing and what the server has', async () => {
    const place = await makePlace();
    await place.join('a');
    await place.send('a', edit(1, 'there'));
    place.forget();
    await place.send('a', { t: 'vector', sv: 'AA==' });
    const [sync] = place.got('a', 'sync');
    const doc = new Y.Doc();
    Y.applyUpdate(doc, fromBase64(sync!.u));
    expect(toBase64(Y.encodeStateVector(doc))).toBe(sync!.sv);
    await place.send('a', { t: 'vector', sv: sync!.sv, ds: sync!.ds });
    await place.clock.advance(2_000);
    expect(place.got('a', 'sync')[1]?.u).toBe('');
    await place.send('a', { t: 'vector', sv: '/////w==' });
    await place.clock.advance(2_000);
    expect(place.got('a', 'error')).toMatchObject([{ code: 'frame-malformed', about: 'vector' }]);
  });
});

describe('those who are slow or gone', () => {
  it('W3 lets nobody wait for a connection that takes nothing', async () => {
    const place = await makePlace();
    for (const id of ['a', 'b', 'stuck']) await place.join(id);
    place.deliver.set('stuck' as ConnectionId, () => new Promise(() => undefined));
    void place.send('a', edit(1));
    await settled();
    expect(place.got('a', 'ack')).toHaveLength(1);
    expect(place.got('b', 'update')).toHaveLength(1);
    await place.send('a', { t: 'ping' });
    expect(place.got('a', 'pong')).toHaveLength(1);
  });

  it.each(['gone', 'slow'] as const)(
    'W2 removes a connection that a push finds %s, and tells the others',
    async (how) => {
      const closed: string[] = [];
      const place = await makePlace({ terminal: { ...noTerminal, closed: ({ id }) => void closed.push(id) } });
      for (const id of ['a', 'b', 'c']) await place.join(id);
      place.deliver.set('b' as ConnectionId, async () => how);
      await place.send('a', edit(1));
      await place.clock.advance(500);
      expect(
        place
          .got('c', 'people')
          .at(-1)
          ?.people.map(({ connection }) => connection),
      ).toEqual(['a', 'c']);
      expect(closed).toEqual(['b']);
      await place.relay.closed('b' as ConnectionId);
      expect(closed).toEqual(['b']);
    },
  );
});
