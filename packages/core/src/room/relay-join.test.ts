import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { fromBase64 } from './base64.ts';
import type { ConnectionId, PersonId, RoomId } from './ids.ts';
import { memoryConnections } from './memory/connections.ts';
import { settled } from './memory/hand-clock.ts';
import { memoryUpdateLog } from './memory/update-log.ts';
import { PERSON_COLORS } from './people.ts';
import { CLIENT, edit, GROUPING, makePlace, ROOM } from './relay.testing.ts';

describe('joining', () => {
  it('answers with a welcome, what the document holds, and who is there', async () => {
    const place = await makePlace();
    await place.join('a');
    await place.send('a', edit(1, 'hello'));
    await place.join('b');
    expect(place.got('b', 'welcome')).toMatchObject([
      { epoch: 'now', group: GROUPING, you: { name: 'b', person: 'b' } },
    ]);
    await place.clock.advance(500);
    const doc = new Y.Doc();
    for (const { u } of place.got('b', 'sync')) Y.applyUpdate(doc, fromBase64(u));
    expect(doc.getText('f').toString()).toBe('hello');
    expect(
      place
        .got('a', 'people')
        .at(-1)
        ?.people.map(({ name }) => name),
    ).toEqual(['a', 'b']);
  });

  it('D2 registers, then reads the log; D2 appends, then reads the connections, then publishes', async () => {
    const calls: string[] = [];
    const noted = <T extends object>(store: T): T =>
      new Proxy(store, {
        get(target, name) {
          const value = Reflect.get(target, name);
          return typeof value === 'function'
            ? (...args: unknown[]) => {
                calls.push(String(name));
                return value.apply(target, args);
              }
            : value;
        },
      });
    const place = await makePlace({ log: noted(memoryUpdateLog()), connections: noted(memoryConnections()) });
    await place.join('a');
    expect(calls.indexOf('register')).toBeGreaterThanOrEqual(0);
    expect(calls.indexOf('register')).toBeLessThan(calls.indexOf('read'));
    calls.length = 0;
    await place.send('a', edit(1));
    expect(calls.indexOf('append')).toBeGreaterThanOrEqual(0);
    expect(calls.indexOf('append')).toBeLessThan(calls.indexOf('list'));
  });

  it('D2 brings a joiner an edit that is appended while it joins', async () => {
    const log = memoryUpdateLog();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { append } = log;
    const place = await makePlace({
      log: {
        ...log,
        append: async (room, entry) => {
          await held;
          return append(room, entry);
        },
      },
    });
    await place.join('a');
    const editing = place.send('a', edit(1, 'late'));
    await settled();
    await place.join('b');
    release();
    await editing;
    const doc = new Y.Doc();
    for (const { u } of [...place.got('b', 'sync'), ...place.got('b', 'update')])
      if (u) Y.applyUpdate(doc, fromBase64(u));
    expect(doc.getText('f').toString()).toBe('late');
  });

  it('D4 tells a page whose document is of another epoch, and registers nothing', async () => {
    const place = await makePlace();
    await place.join('a', 'a', { epoch: 'before' });
    expect(place.got('a', 'error')).toMatchObject([{ code: 'document-replaced', about: 'join' }]);
    expect(await place.connections.list(ROOM)).toEqual([]);
    await place.send('a', edit(1));
    expect(await place.logged()).toEqual([]);
  });

  it('turns away where there is no room, and where it is full', async () => {
    const place = await makePlace({ roomConnections: 2 });
    place.relay.open({ id: 'x' as ConnectionId, room: 'BAAAAAAAAAAAAAAAAAAAAA' as RoomId, person: 'x' as PersonId });
    await place.send('x', { t: 'join', v: 1, c: CLIENT, sv: 'AA==', name: '' });
    expect(place.got('x', 'error')).toMatchObject([{ code: 'room-unknown', final: true }]);
    for (const id of ['a', 'b', 'c']) await place.join(id);
    expect(place.got('c', 'error')).toMatchObject([{ code: 'room-full', final: false }]);
    expect(place.disconnected).toEqual(['x', 'c']);
    await place.join('a');
    expect(place.got('a', 'error')).toEqual([]);
  });

  it('W2 leaves nobody behind who was gone before the join was through', async () => {
    const connections = memoryConnections();
    const { register } = connections;
    let registering: () => void = () => undefined;
    const place = await makePlace({
      connections: {
        ...connections,
        register: async (connection) => {
          await new Promise<void>((resolve) => {
            registering = resolve;
          });
          await register(connection);
        },
      },
    });
    const joining = place.join('a');
    await settled();
    await place.relay.closed('a' as ConnectionId);
    registering();
    await joining;
    expect(await connections.list(ROOM)).toEqual([]);
  });

  it('W2 answers a join that came twice twice, and has one entry', async () => {
    const place = await makePlace();
    await place.join('a');
    await place.send('a', { t: 'join', v: 1, c: CLIENT, sv: 'AA==', name: 'a' });
    expect(place.got('a', 'welcome')).toHaveLength(2);
    await place.clock.advance(500);
    expect(place.got('a', 'people').at(-1)?.people).toHaveLength(1);
  });

  it('gives people different colours, and one person the same in every tab', async () => {
    const place = await makePlace();
    for (let at = 0; at < PERSON_COLORS; at++) await place.join(`p${at}`);
    await place.join('again', 'p3');
    await place.clock.advance(500);
    const people = place.got('p0', 'people').at(-1)!.people;
    expect(new Set(people.map(({ color }) => color)).size).toBe(PERSON_COLORS);
    expect(people.at(-1)?.color).toBe(people[3]?.color);
  });

  it('cleans names of what would steer a line', async () => {
    const place = await makePlace();
    await place.join('a', 'a', { name: ' A\u001b[31m\u202eda\n ' });
    await place.join('b', 'b', { name: '\u0007' });
    await place.clock.advance(500);
    expect(
      place
        .got('a', 'people')
        .at(-1)
        ?.people.map(({ name }) => name),
    ).toEqual(['A[31mda', 'Guest']);
    await place.send('b', { t: 'name', name: 'Bob' });
    await place.clock.advance(500);
    const lists = place.got('a', 'people');
    expect(lists.at(-1)?.people[1]?.name).toBe('Bob');
    expect(lists.map(({ v }) => v)).toEqual([...lists.map(({ v }) => v)].sort((x, y) => x - y));
  });

  it('tells everyone who is there at once, then with all that came within half a second', async () => {
    const place = await makePlace();
    await place.join('a');
    await place.join('b');
    expect(place.got('b', 'people').at(-1)?.people).toHaveLength(2);
    await place.clock.advance(1_000);
    place.forget();
    const rename = async (n: number) => {
      await place.send('b', { t: 'name', name: `Bob ${n}` });
      await place.send('b', { t: 'join', v: 1, c: CLIENT, sv: 'AA==', name: `Bob ${n}` });
    };
    for (let n = 1; n <= 50; n++) await rename(n);
    expect(place.got('a', 'people')).toHaveLength(1);
    await place.clock.advance(500);
    expect(place.got('a', 'people')).toHaveLength(2);
    expect(place.got('a', 'people').at(-1)?.people[1]?.name).toBe('Bob 50');
    await place.clock.advance(5_000);
    expect(place.got('a', 'people')).toHaveLength(2);
  });

  it('W2 lets a page that is here again take the place of its own dead connection', async () => {
    const place = await makePlace({ roomConnections: 2 });
    const c = CLIENT;
    await place.join('old', 'ada', { c });
    await place.join('bob');
    await place.join('new', 'ada', { c });
    expect(place.got('new', 'welcome')).toHaveLength(1);
    expect(place.disconnected).toEqual(['old']);
    expect((await place.connections.list(ROOM)).map(({ id }) => id).sort()).toEqual(['bob', 'new']);
    const kinds: string[] = [];
    for await (const page of place.history.events(ROOM)) kinds.push(...page.map(({ kind }) => kind));
    expect(kinds).toEqual(['joined', 'joined']);
  });

  it('W2 keeps the later connection of a page whose earlier one joins late', async () => {
    const place = await makePlace();
    place.arrive('old', 'ada');
    await place.join('new', 'ada', { c: CLIENT });
    await place.send('old', { t: 'join', v: 1, c: CLIENT, sv: 'AA==', name: 'ada' });
    expect(place.disconnected).toEqual([]);
    expect((await place.connections.list(ROOM)).map(({ id }) => id)).toContain('new');
  });

  it('P1 replaces nobody else’s connection', async () => {
    const place = await makePlace({ roomConnections: 2 });
    await place.join('a', 'ada', { c: CLIENT });
    await place.join('b', 'bob');
    await place.join('c', 'eve', { c: CLIENT });
    expect(place.got('c', 'error')).toMatchObject([{ code: 'room-full' }]);
    expect((await place.connections.list(ROOM)).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('answers a join that does not say what the page holds by the welcome alone', async () => {
    const place = await makePlace();
    await place.join('a', 'a', { sv: undefined });
    expect(place.got('a', 'welcome')).toHaveLength(1);
    expect(place.got('a', 'sync')).toEqual([]);
    await place.send('a', { t: 'vector', sv: 'AA==' });
    expect(place.got('a', 'sync')).toHaveLength(1);
  });

  it('D3 records who came and went, once for a person', async () => {
    const place = await makePlace();
    await Promise.all([place.join('a1', 'a'), place.join('a2', 'a')]);
    await place.send('a1', { t: 'join', v: 1, c: CLIENT, sv: 'AA==', name: 'a' });
    await Promise.all(['a1', 'a2'].map((id) => place.relay.closed(id as ConnectionId)));
    const kinds: string[] = [];
    for await (const page of place.history.events(ROOM)) kinds.push(...page.map(({ kind }) => kind));
    expect(kinds).toEqual(['joined', 'left']);
  });
});
