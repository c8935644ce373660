import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { CodedError } from '../error/visible.ts';
import { toBase64 } from '../room/base64.ts';
import type { Connection, Role } from '../room/connections.ts';
import { entryOf, type Seed, setTitle, switchLanguage, textOf } from '../room/document.ts';
import type { RoomEvent } from '../room/history.ts';
import {
  type ClientId,
  type ConnectionId,
  drawAccessId,
  type LanguageId,
  type PersonId,
  type RoomId,
} from '../room/ids.ts';
import { memoryCodeSessions } from '../room/memory/code-sessions.ts';
import { HandClock } from '../room/memory/hand-clock.ts';
import { memoryHistory } from '../room/memory/history.ts';
import type { TerminalFrame } from '../room/terminal-frames.ts';
import { covers, deletes, deletionsIn, vectorOf } from '../room/vector.ts';
import type { Runners } from '../sandbox/runners.ts';
import { TerminalControl } from './control.ts';

const ONE: Seed = { id: 'one' as LanguageId, fileName: 'main.one', sample: 'one' };
const TWO: Seed = { id: 'two' as LanguageId, fileName: 'main.two', sample: 'two' };
const ROOM = drawAccessId() as RoomId;

/** Runners that only write down what they are asked. */
function open() {
  const asked: unknown[][] = [];
  const refusal: { code?: 'runner-absent' | 'runner-full' } = {};
  const note =
    (name: string, answer?: unknown) =>
    async (...given: unknown[]) => {
      if (refusal.code) throw new CodedError(refusal.code);
      asked.push([name, ...given.filter((each) => typeof each !== 'function')]);
      const epoch = given.find((each) => typeof each === 'function');
      if (epoch) await (epoch as () => Promise<number>)();
      return answer;
    };
  const runners = {
    languages: async () => [],
    watch: note('watch'),
    unwatch: note('unwatch'),
    run: note('run', 'started'),
    stop: note('stop'),
    input: note('input', 4),
    interrupt: note('interrupt'),
    resize: note('resize'),
    clear: note('clear'),
    reset: note('reset'),
    close: note('close'),
  } as unknown as Runners;
  const doc = new Y.Doc();
  switchLanguage(doc, ONE);
  const clock = new HandClock();
  const sessions = memoryCodeSessions();
  const history = memoryHistory();
  const reported: unknown[] = [];
  const pushed: [ConnectionId, unknown][] = [];
  const control = new TerminalControl({
    runners,
    sessions,
    history,
    clock,
    report: (_room, problem) => reported.push(problem),
    documents: {
      read: async () => doc,
      covering: async (_room, vector, deletions) =>
        covers(vectorOf(doc), vector) && (!deletions || deletes(doc, deletions)) ? doc : undefined,
    },
    publisher: {
      push: async (to, text) => {
        pushed.push([to, JSON.parse(text)]);
        return 'sent';
      },
      disconnect: async () => {},
    },
  });
  const creation = sessions.create({
    id: ROOM,
    epoch: 'e',
    creator: 'p' as PersonId,
    origin: '',
    language: ONE.id,
    createdAt: 0,
    lastUsedAt: 0,
    terminalEpoch: 0,
  });
  const connection = (role: Role = 'editor', id = 'c1'): Connection => ({
    id: id as ConnectionId,
    room: ROOM,
    person: 'p' as PersonId,
    client: 'c' as ClientId,
    name: '',
    color: 0,
    role,
    joinedAt: 0,
  });
  const events = async () => {
    const all: RoomEvent[] = [];
    for await (const page of history.events(ROOM)) all.push(...page);
    return all;
  };
  const vector = () => toBase64(Y.encodeStateVector(doc));
  return {
    asked,
    refusal,
    reported,
    history,
    doc,
    control,
    connection,
    pushed,
    events,
    vector,
    creation,
    clock,
    runners,
  };
}

const CLIENT = drawAccessId() as ClientId;
function frames(sv: string): Record<TerminalFrame['t'], TerminalFrame> {
  return {
    watch: { t: 'watch' },
    run: { t: 'run', run: 'r', sv, columns: 80, rows: 24 },
    stop: { t: 'stop' },
    interrupt: { t: 'interrupt' },
    input: { t: 'input', c: CLIENT, n: 1, b: 1, d: 'x' },
    reset: { t: 'reset' },
    clear: { t: 'clear' },
    language: { t: 'language', sv },
  };
}
const ALL = Object.keys(frames('')) as TerminalFrame['t'][];
/** Who may do what; a writer may switch the language, since that is an edit. */
const ALLOWED: Record<Role, readonly TerminalFrame['t'][]> = {
  owner: ALL,
  editor: ALL,
  writer: ['watch', 'language'],
  viewer: ['watch'],
};

for (const role of ['owner', 'editor', 'writer', 'viewer'] as const) {
  test.each(ALL)(`P1 %s by ${role}`, async (t) => {
    const { control, connection, vector, asked } = open();
    const done = control.receive(connection(role), frames(vector())[t]);
    if (ALLOWED[role].includes(t)) {
      await done;
      expect(asked.length).toBeGreaterThan(0);
    } else {
      await expect(done).rejects.toMatchObject({ code: 'not-allowed' });
      expect(asked).toEqual([]);
    }
  });
}

test('Run waits for what the presser has deleted, and refuses what is no deletion', async () => {
  const { control, connection, vector, doc, asked } = open();
  setTitle(doc, 'a title');
  const page = new Y.Doc();
  Y.applyUpdate(page, Y.encodeStateAsUpdate(doc));
  const updates: Uint8Array[] = [];
  page.on('update', (update: Uint8Array) => updates.push(update));
  textOf(page, entryOf(page, ONE.id)!).delete(0, 1);
  const del = toBase64(deletionsIn(updates, page)!);
  const run = { ...(frames(vector()).run as Extract<TerminalFrame, { t: 'run' }>), del };
  await expect(control.receive(connection(), run)).rejects.toMatchObject({ code: 'edits-on-the-way' });
  expect(asked).toEqual([]);
  for (const update of updates) Y.applyUpdate(doc, update);
  await control.receive(connection(), run);
  expect(asked).toMatchObject([['run', ROOM, { files: [{ name: 'main.one', text: 'ne' }] }]]);
  const other = { ...run, del: toBase64(Y.encodeStateAsUpdate(doc)) };
  await expect(control.receive(connection(), other)).rejects.toMatchObject({ code: 'frame-malformed' });
});

test('Run takes the server’s own text, raises the epoch, and is recorded with its version', async () => {
  const { control, connection, vector, asked, doc, events } = open();
  setTitle(doc, 'a title');
  const sv = vector();
  await control.receive(connection(), frames(sv).run);
  expect(asked).toEqual([
    [
      'run',
      ROOM,
      {
        run: 'r',
        by: 'p',
        language: 'one',
        files: [{ name: 'main.one', text: 'one' }],
        entry: 'main.one',
        epoch: 1,
        columns: 80,
        rows: 24,
      },
    ],
  ]);
  const [event] = await events();
  expect(event).toMatchObject({ kind: 'run', run: 'r', language: 'one', person: 'p' });
  expect(event?.kind === 'run' && toBase64(event.version)).toBe(sv);
});

test('Run of a text that has not arrived runs nothing', async () => {
  const { control, connection, doc, asked } = open();
  const ahead = new Y.Doc();
  Y.applyUpdate(ahead, Y.encodeStateAsUpdate(doc));
  textOf(ahead, entryOf(ahead, ONE.id)!).insert(0, 'not sent');
  const sv = toBase64(Y.encodeStateVector(ahead));
  await expect(control.receive(connection(), frames(sv).run)).rejects.toMatchObject({ code: 'edits-on-the-way' });
  expect(asked).toEqual([]);
});

test('a state vector that is none is refused', async () => {
  const { control, connection } = open();
  const frame = { ...frames('////////'), t: 'run' } as unknown as TerminalFrame;
  await expect(control.receive(connection(), { ...frame, ...frames('////').run })).rejects.toMatchObject({
    code: 'frame-malformed',
  });
});

test('a switch of language resets the terminal once, however many tell it', async () => {
  const { control, connection, doc, asked, vector, events } = open();
  await control.receive(connection('editor', 'c1'), { t: 'watch' });
  await control.receive(connection('editor', 'c2'), { t: 'watch' });
  switchLanguage(doc, TWO);
  const frame = frames(vector()).language;
  await Promise.all([
    control.receive(connection('editor', 'c1'), frame),
    control.receive(connection('editor', 'c2'), frame),
  ]);
  expect(asked.filter(([name]) => name === 'reset')).toEqual([
    ['reset', ROOM, 'two', expect.any(Number), expect.stringContaining('two')],
  ]);
  expect((await events()).map((event) => event.kind)).toEqual(['language']);
});

test('input is acknowledged to the one who typed', async () => {
  const { control, connection, vector, pushed } = open();
  await control.receive(connection(), frames(vector()).input);
  expect(pushed).toEqual([['c1', { t: 'taken', c: CLIENT, n: 4 }]]);
});

test('without a runner a watcher reads so, and watches as soon as one is there', async () => {
  const { control, connection, refusal, pushed, asked } = open();
  refusal.code = 'runner-absent';
  await control.receive(connection(), { t: 'watch' });
  expect(pushed).toEqual([
    [
      'c1',
      {
        t: 'terminal',
        s: 1,
        state: expect.objectContaining({ epoch: 0, phase: expect.objectContaining({ kind: 'absent' }) }),
      },
    ],
  ]);
  refusal.code = undefined;
  await control.runnerReady();
  expect(asked).toEqual([['watch', ROOM, 'c1', 'one']]);
});

test('W2 whoever is gone watches no more, even if that is told in between', async () => {
  const { control, connection, asked } = open();
  const watching = control.receive(connection(), { t: 'watch' });
  await control.closed(connection());
  await watching;
  expect(asked.at(-1)).toEqual(['unwatch', ROOM, 'c1']);
  await control.runnerReady();
  expect(asked.filter(([name]) => name === 'watch').length).toBe(1);
});

test('what the runner refuses is told by its code', async () => {
  const { control, connection, refusal, vector, events } = open();
  refusal.code = 'runner-full';
  await expect(control.receive(connection(), frames(vector()).run)).rejects.toMatchObject({ code: 'runner-full' });
  expect(await events()).toEqual([]);
});

test('a switch that the runner could not follow is tried again with the next telling', async () => {
  const { control, connection, doc, refusal, asked, vector } = open();
  await control.receive(connection(), { t: 'watch' });
  switchLanguage(doc, TWO);
  refusal.code = 'runner-absent';
  const frame = frames(vector()).language;
  const both = await Promise.allSettled([control.receive(connection(), frame), control.receive(connection(), frame)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  refusal.code = undefined;
  await control.receive(connection(), frame);
  expect(asked.filter(([name]) => name === 'reset').length).toBe(1);
});

test('a switch back while one is under way is followed too', async () => {
  const { control, connection, doc, asked, vector } = open();
  await control.receive(connection(), { t: 'watch' });
  switchLanguage(doc, TWO);
  const there = control.receive(connection(), frames(vector()).language);
  await Promise.resolve();
  await Promise.resolve();
  switchLanguage(doc, ONE);
  const back = control.receive(connection(), frames(vector()).language);
  await Promise.all([there, back]);
  expect(asked.filter(([name]) => name === 'reset').map(([, , language]) => language)).toEqual(['two', 'one']);
});

test('a run that started is answered so, and a switch is followed, though the history fails or hangs', async () => {
  const { control, connection, doc, history, reported, asked, vector } = open();
  history.record = () => Promise.reject(new Error('disk full'));
  await control.receive(connection(), frames(vector()).run);
  expect(reported).toEqual([new Error('disk full')]);
  history.record = () => new Promise(() => {});
  switchLanguage(doc, TWO);
  await control.receive(connection(), frames(vector()).language);
  expect(asked.map(([name]) => name)).toEqual(['run', 'reset']);
});

test('whoever begins to watch while the language changes is shown the terminal in the new one', async () => {
  const { control, connection, doc, asked } = open();
  const watching = control.receive(connection(), { t: 'watch' });
  await Promise.resolve();
  switchLanguage(doc, TWO);
  await watching;
  expect(asked.at(-1)).toEqual(['watch', ROOM, 'c1', 'two']);
});

test.each([
  ['run', 'language'],
  ['language', 'run'],
] as const)('a Run that comes together with a switch of language is not ended by it: %s first', async (...order) => {
  const { control, connection, doc, asked, vector } = open();
  await control.receive(connection(), { t: 'watch' });
  switchLanguage(doc, TWO);
  const all = frames(vector());
  await Promise.all(order.map((t) => control.receive(connection(), all[t])));
  const names = asked.map(([name]) => name).filter((name) => name !== 'watch');
  expect(names).toEqual(order[0] === 'run' ? ['run'] : ['reset', 'run']);
});

test('a switch is followed where the Run that came with it joined one in the language before', async () => {
  const { control, connection, doc, asked, vector, runners } = open();
  await control.receive(connection(), { t: 'watch' });
  switchLanguage(doc, TWO);
  runners.run = async () => 'joined';
  const all = frames(vector());
  await Promise.all([control.receive(connection(), all.run), control.receive(connection(), all.language)]);
  expect(asked.map(([name]) => name)).toEqual(['watch', 'reset']);
});
