import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { CodedError } from '../error/visible.ts';
import type { CodeSession } from '../session/code-sessions.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { Documents } from './documents.ts';
import type { ClientFrameInput, Grouping, ServerFrame } from './frames.ts';
import type { ClientId, ConnectionId, LanguageId, PersonId, RoomId } from './ids.ts';
import { memoryCodeSessions } from './memory/code-sessions.ts';
import { memoryConnections } from './memory/connections.ts';
import { HandClock, settled } from './memory/hand-clock.ts';
import { memoryHistory } from './memory/history.ts';
import { memorySnapshotStore } from './memory/snapshot-store.ts';
import { memoryUpdateLog } from './memory/update-log.ts';
import type { Delivery } from './publisher.ts';
import { PERSON_COLORS, Relay, type RelayOptions } from './relay.ts';
import { noTerminal, type TerminalFrame } from './terminal-frames.ts';
import type { LoggedUpdate } from './update-log.ts';

const ROOM = 'AAAAAAAAAAAAAAAAAAAAAA' as RoomId;
const CLIENT = 'AAAAAAAAAAAAAAAAAAAAAQ' as ClientId;
const GROUPING: Grouping = {
  editMilliseconds: 20,
  eager: true,
  cursorMilliseconds: 50,
  vectorMilliseconds: 30_000,
  pingMilliseconds: 10_000,
};

/** A relay with stores in memory, and what it pushed to whom. */
async function makePlace(overrides: Partial<RelayOptions> & { documentBytes?: number } = {}) {
  const clock = new HandClock();
  const log = overrides.log ?? memoryUpdateLog();
  const snapshots = memorySnapshotStore();
  const sessions = memoryCodeSessions();
  const connections = overrides.connections ?? memoryConnections();
  const history = memoryHistory();
  const problems: unknown[] = [];
  const frames = new Map<ConnectionId, ServerFrame[]>();
  const deliver = new Map<ConnectionId, () => Promise<Delivery>>();
  const disconnected: ConnectionId[] = [];
  const session: CodeSession = {
    id: ROOM,
    epoch: 'now',
    creator: 'ada' as PersonId,
    origin: 'here',
    language: 'python' as LanguageId,
    createdAt: 0,
    lastUsedAt: 0,
    terminalEpoch: 0,
  };
  await sessions.create(session);
  const documents = new Documents({
    log,
    snapshots,
    clock,
    onlyWriter: true,
    report: (_, keys) => problems.push(keys),
    documentBytes: overrides.documentBytes,
  });
  const relay = new Relay({
    connections,
    sessions,
    history,
    documents,
    clock,
    compaction: { opened: () => undefined, appended: () => undefined },
    terminal: noTerminal,
    grouping: GROUPING,
    roomMilliseconds: 1_000,
    roleOf: () => 'editor',
    report: (problem) => problems.push(problem),
    publisher: {
      async push(to, text) {
        const delivery = await (deliver.get(to)?.() ?? 'sent');
        if (delivery === 'sent') frames.set(to, [...(frames.get(to) ?? []), JSON.parse(text) as ServerFrame]);
        return delivery;
      },
      disconnect: async (id) => void disconnected.push(id),
    },
    ...overrides,
    log,
  });
  const send = (id: string, frame: ClientFrameInput) => relay.receive(id as ConnectionId, JSON.stringify(frame));
  const got = <T extends ServerFrame['t']>(id: string, t: T) =>
    (frames.get(id as ConnectionId) ?? []).filter((frame): frame is Extract<ServerFrame, { t: T }> => frame.t === t);
  const arrive = (id: string, person = id) =>
    relay.open({ id: id as ConnectionId, room: ROOM, person: person as PersonId });
  const join = async (id: string, person = id, more: object = {}) => {
    arrive(id, person);
    await send(id, { t: 'join', v: 1, c: CLIENT, sv: 'AA==', name: id, ...more });
  };
  const logged = async () => {
    const entries: LoggedUpdate[] = [];
    for await (const page of log.read(ROOM)) entries.push(...page);
    return entries;
  };
  const forget = () => frames.clear();
  return {
    clock,
    log,
    history,
    sessions,
    connections,
    relay,
    problems,
    deliver,
    disconnected,
    send,
    got,
    arrive,
    join,
    logged,
    forget,
  };
}

let typed = 0;
/** An edit frame that inserts a text. */
function edit(n: number, text = 'x', c = CLIENT): ClientFrameInput & { t: 'edit' } {
  const doc = new Y.Doc();
  doc.clientID = ++typed;
  doc.getText('f').insert(0, text);
  return { t: 'edit', c, n, u: toBase64(Y.encodeStateAsUpdate(doc)) };
}

describe('joining', () => {
  it('answers with a welcome, what the document holds, and who is there', async () => {
    const place = await makePlace();
    await place.join('a');
    await place.send('a', edit(1, 'hello'));
    await place.join('b');
    expect(place.got('b', 'welcome')).toMatchObject([
      { epoch: 'now', group: GROUPING, you: { name: 'b', person: 'b' } },
    ]);
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
    expect(place.got('c', 'error')).toMatchObject([{ code: 'room-full', final: true }]);
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
    expect(place.got('a', 'people').at(-1)?.people).toHaveLength(1);
  });

  it('gives people different colours, and one person the same in every tab', async () => {
    const place = await makePlace();
    for (let at = 0; at < PERSON_COLORS; at++) await place.join(`p${at}`);
    await place.join('again', 'p3');
    const people = place.got('p0', 'people').at(-1)!.people;
    expect(new Set(people.map(({ color }) => color)).size).toBe(PERSON_COLORS);
    expect(people.at(-1)?.color).toBe(people[3]?.color);
  });

  it('cleans names of what would steer a line', async () => {
    const place = await makePlace();
    await place.join('a', 'a', { name: ' A\u001b[31m\u202eda\n ' });
    await place.join('b', 'b', { name: '\u0007' });
    expect(
      place
        .got('a', 'people')
        .at(-1)
        ?.people.map(({ name }) => name),
    ).toEqual(['A[31mda', 'Guest']);
    await place.send('b', { t: 'name', name: 'Bob' });
    const lists = place.got('a', 'people');
    expect(lists.at(-1)?.people[1]?.name).toBe('Bob');
    expect(lists.map(({ v }) => v)).toEqual([...lists.map(({ v }) => v)].sort((x, y) => x - y));
  });

  it('D3 records who came and went, once for a person', async () => {
    const place = await makePlace();
    await place.join('a1', 'a');
    await place.join('a2', 'a');
    await place.relay.closed('a1' as ConnectionId);
    await place.relay.closed('a2' as ConnectionId);
    const kinds: string[] = [];
    for await (const page of place.history.events(ROOM)) kinds.push(...page.map(({ kind }) => kind));
    expect(kinds).toEqual(['joined', 'left']);
  });
});

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
    expect(place.got('a', 'sync')[1]?.u).toBe('');
    await place.send('a', { t: 'vector', sv: '/////w==' });
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

describe('permission', () => {
  const size = { columns: 80, rows: 24 };
  const frames: ClientFrameInput[] = [
    edit(1),
    { t: 'run', run: 'r', sv: 'AA==', ...size },
    { t: 'stop' },
    { t: 'interrupt' },
    { t: 'reset' },
    { t: 'clear' },
    { t: 'language', sv: 'AA==' },
    { t: 'input', c: CLIENT, n: 1, b: 1, d: 'x' },
  ];

  it.each(frames)('P1 refuses a viewer the frame $t', async (frame) => {
    const received: TerminalFrame[] = [];
    const terminal = { ...noTerminal, receive: async (_: unknown, each: TerminalFrame) => void received.push(each) };
    const place = await makePlace({ roleOf: () => 'viewer', terminal });
    await place.join('a');
    await place.send('a', frame);
    expect(place.got('a', 'error')).toMatchObject([{ code: 'not-allowed', about: frame.t }]);
    expect(received).toEqual([]);
    expect(await place.logged()).toEqual([]);
  });

  it('P1 lets a viewer watch and show a cursor', async () => {
    const received: string[] = [];
    const terminal = { ...noTerminal, receive: async (_: unknown, { t }: TerminalFrame) => void received.push(t) };
    const place = await makePlace({ roleOf: () => 'viewer', terminal });
    await place.join('a');
    await place.send('a', { t: 'watch' });
    await place.send('a', { t: 'cursor', k: null });
    expect(place.got('a', 'error')).toEqual([]);
    expect(received).toEqual(['watch']);
  });

  it('P1 takes nothing from a connection that has not joined', async () => {
    const place = await makePlace();
    place.arrive('a');
    for (const frame of frames) await place.send('a', frame);
    expect(place.got('a', 'error').map(({ code }) => code)).toEqual(frames.map(() => 'frame-malformed'));
    expect(await place.logged()).toEqual([]);
  });

  it('tells the one who asked why the terminal refused', async () => {
    const receive = async () => {
      throw new CodedError('runner-absent');
    };
    const place = await makePlace({ terminal: { ...noTerminal, receive } });
    await place.join('a');
    await place.send('a', { t: 'watch' });
    await place.send('a', { t: 'input', c: CLIENT, n: 4, b: 1, d: 'x' });
    expect(place.got('a', 'error')).toMatchObject([
      { code: 'runner-absent', about: 'watch' },
      { code: 'runner-absent', about: 'input', c: CLIENT, n: 4 },
    ]);
    expect(place.problems).toEqual([]);
  });

  it('cuts everyone off from a room that goes', async () => {
    const place = await makePlace();
    for (const id of ['a', 'b']) await place.join(id);
    await place.relay.dismiss(ROOM, 'room-unknown');
    expect(place.got('a', 'error')).toMatchObject([{ code: 'room-unknown', final: true }]);
    expect(place.disconnected).toEqual(['a', 'b']);
    expect(await place.connections.list(ROOM)).toEqual([]);
  });
});
