import { CodedError, visibleError } from '@codeconnected/core/error/visible.ts';
import { fromBase64 } from '@codeconnected/core/room/base64.ts';
import { type Seed, seedFileId } from '@codeconnected/core/room/document.ts';
import type { ClientId, LanguageId } from '@codeconnected/core/room/ids.ts';
import { CLIENT_FRAME_BYTES, EDIT_BYTES } from '@codeconnected/core/room/limits.ts';
import { memoryConnections } from '@codeconnected/core/room/memory/connections.ts';
import { noTerminal, type TerminalFrame } from '@codeconnected/core/room/terminal-frames.ts';
import { deletes, readDeletions, readVector, vectorOf } from '@codeconnected/core/room/vector.ts';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { ROOM, type Stores } from '../test/house.ts';
import { makePlace } from '../test/place.ts';
import { openMemoryOutbox } from './memory-outbox.ts';
import { FROM_ELSEWHERE } from './room-client.ts';

const PYTHON: Seed = { id: 'python' as LanguageId, fileName: 'main.py', sample: 'print("hello")\n' };

/** Stores whose appends wait to be let through. */
function heldAppends() {
  let waiting: (() => void)[] = [];
  return {
    wrap: (stores: Stores): Stores => ({
      ...stores,
      log: {
        ...stores.log,
        append: async (room, entry) => {
          await new Promise<void>((resolve) => waiting.push(resolve));
          return stores.log.append(room, entry);
        },
      },
    }),
    release() {
      for (const each of waiting) each();
      waiting = [];
    },
  };
}

/** One character of each of so many clients, whose ids take five bytes each. */
function updateOfMany(count: number, from: number): Uint8Array {
  const bytes: number[] = [];
  const number = (value: number) => {
    for (; value > 127; value = Math.floor(value / 128)) bytes.push(128 | (value & 127));
    bytes.push(value);
  };
  number(count);
  // Yjs writes clients in descending order.
  const first = 2 ** 31 + from + count;
  for (let client = first; client > first - count; client--) {
    number(1);
    number(client);
    // From clock 0, a character of the text `many`: the first, or the one after the client's before.
    bytes.push(0);
    if (client === first) bytes.push(4, 1, 4, ...new TextEncoder().encode('many'));
    else {
      bytes.push(4 | 128);
      number(client + 1);
      bytes.push(0);
    }
    bytes.push(1, 120);
  }
  return Uint8Array.from([...bytes, 0]);
}

describe('writing together', () => {
  it('shows each what the other writes', async () => {
    const { openPage, clock } = await makePlace();
    const [ada, bob] = [await openPage('ada'), await openPage('bob')];
    ada.type('one ');
    bob.type('two ');
    await clock.advance(100);
    expect(ada.text()).toBe(bob.text());
    expect(ada.text()).toHaveLength(8);
    expect(ada.told.synced).toHaveLength(1);
  });

  it('W1 sends what is typed in one moment, and the cursor with it, as one frame', async () => {
    const { openPage, clock, frames, sent } = await makePlace();
    const ada = await openPage();
    sent.length = 0;
    for (const letter of 'print') {
      ada.type(letter);
      ada.client.setCursor({ file: 'file', anchor: 'a', head: letter });
    }
    await clock.advance(100);
    expect(frames()).toMatchObject([{ t: 'edit', n: 1, k: { head: 't' } }]);
  });

  it('W1 sends a large paste in parts of less than 32 KB', async () => {
    const { openPage, clock, sent } = await makePlace();
    const [ada, bob] = [await openPage('ada'), await openPage('bob')];
    ada.type('ü😀'.repeat(60_000));
    await clock.advance(100);
    expect(bob.text()).toBe(ada.text());
    expect(sent.length).toBeGreaterThan(10);
    for (const text of sent) expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(CLIENT_FRAME_BYTES);
  });

  it('D5 undoes one’s own edits alone', async () => {
    const { openPage, clock } = await makePlace();
    const [ada, bob] = [await openPage('ada'), await openPage('bob')];
    const undo = new Y.UndoManager(ada.client.doc.getText('file'));
    ada.type('mine ');
    await clock.advance(1_000);
    bob.type('theirs ', 0);
    await clock.advance(1_000);
    undo.undo();
    undo.undo();
    await clock.advance(100);
    expect(bob.text()).toBe('theirs ');
    undo.redo();
    await clock.advance(100);
    expect(bob.text()).toBe('theirs mine ');
    expect(undo.trackedOrigins.has(FROM_ELSEWHERE)).toBe(false);
  });

  it('D5 switches the language without touching a text, and tells the terminal', async () => {
    const told: TerminalFrame[] = [];
    const terminal = { ...noTerminal, receive: async (_: unknown, frame: TerminalFrame) => void told.push(frame) };
    const { openPage, clock, house } = await makePlace({ relay: { terminal } });
    const ada = await openPage();
    ada.client.switchLanguage(PYTHON);
    ada.client.doc.getText(seedFileId(PYTHON)).insert(0, '# mine\n');
    ada.client.switchLanguage({ ...PYTHON, id: 'other' as LanguageId });
    ada.client.switchLanguage(PYTHON);
    await clock.advance(100);
    expect((await house.stored()).getText(seedFileId(PYTHON)).toString()).toBe('# mine\nprint("hello")\n');
    expect(told.filter(({ t }) => t === 'language')).toHaveLength(3);
  });

  it('lives with a document whose maps hold other types than they should', async () => {
    const { openPage, clock } = await makePlace();
    const [ada, bob] = [await openPage('ada'), await openPage('bob')];
    ada.client.doc.getMap('meta').set('language', 7);
    ada.client.doc.getMap('files').set('meta', 'x');
    ada.type('fine');
    await clock.advance(100);
    expect(bob.text()).toBe('fine');
    expect(bob.told.error).toEqual([]);
  });
});

describe('saving', () => {
  it('sends and keeps what is grouped when the page may be about to go', async () => {
    const { openPage, sent, frames } = await makePlace();
    const outbox = openMemoryOutbox();
    const ada = await openPage('ada', outbox);
    sent.length = 0;
    ada.type('last');
    ada.client.flush();
    expect(frames()).toMatchObject([{ t: 'edit', n: 1 }]);
    await Promise.resolve();
    expect((await outbox.load()).edits).toHaveLength(1);
  });

  it('D1 says saved only when the store has acknowledged', async () => {
    const { wrap, release } = heldAppends();
    const { openPage, clock } = await makePlace({ wrap });
    const ada = await openPage();
    expect(ada.client.saving).toBe('saved');
    ada.type('x');
    expect(ada.client.saving).toBe('saving');
    await clock.advance(20_000);
    expect(ada.client.saving).toBe('saving');
    ada.type('y');
    release();
    await clock.advance(10);
    expect(ada.client.saving).toBe('saving');
    await clock.advance(50);
    release();
    await clock.advance(50);
    expect(ada.client.saving).toBe('saved');
    expect(ada.told.saving.map(([state]) => state)).toEqual(['saving', 'saved']);
  });

  it('W2 says offline while cut off, keeps edits, and sends them on return', async () => {
    const { openPage, clock, network, house } = await makePlace();
    const ada = await openPage();
    ada.type('before ');
    await clock.advance(100);
    network.serve(undefined);
    expect([ada.client.saving, ada.client.unsaved]).toEqual(['offline', false]);
    ada.type('meanwhile');
    await clock.advance(30_000);
    expect([ada.client.saving, ada.client.unsaved]).toEqual(['offline', true]);
    expect(['offline', 'connecting']).toContain(ada.client.link.kind);
    house.restart();
    ada.client.retry();
    await clock.advance(1_000);
    expect(ada.client.link.kind).toBe('live');
    expect(ada.client.saving).toBe('saved');
    expect((await house.stored()).getText('file').toString()).toBe('before meanwhile');
  });

  it('merges a long offline time into few frames', async () => {
    const { openPage, clock, network, house, sent, frames } = await makePlace();
    const ada = await openPage();
    network.serve(undefined);
    for (let at = 0; at < 300; at++) {
      ada.type('x');
      await clock.advance(50);
    }
    house.restart();
    sent.length = 0;
    ada.client.retry();
    await clock.advance(15_000);
    expect(frames().filter(({ t }) => t === 'edit')).toHaveLength(1);
    expect((await house.stored()).getText('file').length).toBe(300);
  });

  it('W2 notices a connection that has died without a word', async () => {
    const { openPage, clock, network } = await makePlace();
    const ada = await openPage();
    network.cut(network.connections[0]!, 'nobody');
    await clock.advance(120_000);
    expect(ada.told.link.map(([{ kind }]) => kind)).toEqual(['connecting', 'live', 'offline', 'connecting', 'live']);
  });

  it('redials with growing waits, and at once when asked to', async () => {
    const { openPage, clock, network, house } = await makePlace();
    const ada = await openPage();
    network.serve(undefined);
    await clock.advance(60_000);
    const waits = ada.told.link.flatMap(([state]) => (state.kind === 'offline' ? [state.retryInMilliseconds] : []));
    expect(waits.length).toBeGreaterThan(5);
    expect(waits.length).toBeLessThan(20);
    expect(waits.at(-1)).toBeGreaterThan(4 * waits[0]!);
    house.restart();
    ada.client.retry();
    await clock.advance(10);
    expect(ada.client.link.kind).toBe('live');
  });

  it('goes on trying where the room is full, says so once, and is in when somebody leaves', async () => {
    const { makePage, openPage, clock } = await makePlace({ relay: { roomConnections: 1 } });
    const bob = await openPage('bob');
    const ada = makePage('ada');
    await ada.client.open();
    await clock.advance(60_000);
    expect(ada.told.error).toEqual([[visibleError('room-full'), 'join']]);
    expect(ada.told.link.filter(([{ kind }]) => kind === 'offline').length).toBeGreaterThan(5);
    await bob.client.close();
    await clock.advance(10_000);
    expect(ada.client.link.kind).toBe('live');
  });

  it('W2 is in at once after a break that the server has not noticed', async () => {
    const { openPage, clock, network } = await makePlace({ relay: { roomConnections: 2 } });
    const [ada, bob] = [await openPage('ada'), await openPage('bob')];
    for (const id of network.connections) network.cut(id, 'client');
    await clock.advance(1_000);
    for (const page of [ada, bob]) expect([page.client.link.kind, page.told.error]).toEqual(['live', []]);
  });

  it('W1 joins a document of so many authors that a join could not name them', async () => {
    const { openPage, clock, frames, sent } = await makePlace();
    const bob = await openPage('bob');
    bob.type('together');
    for (let part = 0; part < 2; part++) {
      Y.applyUpdate(bob.client.doc, updateOfMany(9_000, 1 + part * 9_000));
      await clock.advance(5_000);
    }
    expect(bob.client.saving).toBe('saved');
    const ada = await openPage('ada');
    const all = Y.encodeStateVector(bob.client.doc);
    expect(Y.encodeStateVector(ada.client.doc)).toEqual(all);
    // With all of it already there, as after a break.
    const again = openMemoryOutbox();
    await again.keep('first', Y.encodeStateAsUpdate(ada.client.doc));
    sent.length = 0;
    const eve = await openPage('eve', again);
    await clock.advance(1_000);
    expect(eve.client.link.kind).toBe('live');
    expect(eve.told.error).toEqual([]);
    expect(frames()[0]).toEqual(expect.not.objectContaining({ sv: expect.anything() }));
    eve.type(' now');
    await clock.advance(1_000);
    expect(bob.text()).toBe('together now');
  });

  it('stays ended where the server refuses for good, and keeps the edits', async () => {
    const { makePage, clock, house } = await makePlace();
    await house.sessions.remove(ROOM);
    const outbox = openMemoryOutbox();
    const ada = makePage('ada', outbox);
    await ada.client.open();
    ada.type('kept');
    await clock.advance(60_000);
    expect(ada.client.link).toEqual({ kind: 'ended', error: visibleError('room-unknown') });
    expect((await outbox.load()).edits).toHaveLength(1);
  });
});

describe('what the server refuses', () => {
  it('W2 joins again where the server forgot that it joined, and keeps the edits', async () => {
    const connections = memoryConnections();
    const { openPage, clock, house } = await makePlace({ relay: { connections } });
    const outbox = openMemoryOutbox();
    const ada = await openPage('ada', outbox);
    for (const { id } of await connections.list(ROOM)) await connections.remove(id);
    ada.type('kept');
    await clock.advance(30);
    expect((await outbox.load()).edits).toHaveLength(1);
    await clock.advance(2_000);
    expect(ada.client.saving).toBe('saved');
    expect((await house.stored()).getText('file').toString()).toBe('kept');
    expect(ada.told.error).toEqual([]);
    expect(await connections.list(ROOM)).toHaveLength(1);
  });

  it('D6 sends what is larger than one edit as several', async () => {
    const { openPage, clock, house } = await makePlace();
    const [ada, bob] = [await openPage('ada'), await openPage('bob')];
    ada.type('before ');
    ada.client.doc.getText('file').insert(0, 'x'.repeat(2 * EDIT_BYTES));
    ada.type('after');
    await clock.advance(5_000);
    expect(ada.told.error).toEqual([]);
    expect(ada.client.saving).toBe('saved');
    expect(bob.text()).toBe(ada.text());
    expect((await house.stored()).getText('file').toString()).toBe(ada.text());
  });

  it('W2 sends an edit that came too early again after a moment', async () => {
    const { openPage, clock, house, frames } = await makePlace();
    const ada = await openPage();
    const admit = house.documents.admit.bind(house.documents);
    house.documents.admit = async () => ({ kind: 'refused', code: 'too-fast' });
    ada.type('x');
    await clock.advance(100);
    house.documents.admit = admit;
    await clock.advance(2_500);
    expect(frames().filter(({ t }) => t === 'edit')).toHaveLength(2);
    expect(ada.client.saving).toBe('saved');
    expect(ada.told.error).toEqual([]);
  });

  it('keeps what a full document cannot take, and brings it in when there is room', async () => {
    const { openPage, clock, house } = await makePlace({ documentBytes: 2_000 });
    const [ada, bob] = [await openPage('ada'), await openPage('bob')];
    ada.type('x'.repeat(1_800));
    await clock.advance(1_000);
    ada.type('y'.repeat(500));
    await clock.advance(1_000);
    expect(ada.told.error).toEqual([[visibleError('document-full'), 'edit']]);
    expect(ada.client.saving).toBe('saving');
    ada.client.doc.getText('file').delete(0, 1_500);
    await clock.advance(5_000);
    expect(ada.client.saving).toBe('saved');
    expect(bob.text()).toBe(ada.text());
    expect((await house.stored()).getText('file').toString()).toBe(ada.text());
  });

  it('tries again by itself what a full document could not take, ever more seldom', async () => {
    const { openPage, clock, house, sent, frames } = await makePlace({ documentBytes: 2_000 });
    const [ada, bob] = [await openPage('ada'), await openPage('bob')];
    bob.type('x'.repeat(1_800));
    await clock.advance(1_000);
    ada.type('y'.repeat(500));
    sent.length = 0;
    await clock.advance(120_000);
    const tries = frames().filter(({ t }) => t === 'edit').length;
    expect(tries).toBeGreaterThan(4);
    expect(tries).toBeLessThan(12);
    expect(ada.told.error).toHaveLength(1);
    bob.client.doc.getText('file').delete(0, 1_500);
    await clock.advance(6_000);
    expect(ada.client.saving).toBe('saved');
    expect(bob.text()).toBe(ada.text());
    expect((await house.stored()).getText('file').toString()).toBe(ada.text());
  });

  it('tries again on a new connection what a full document could not take', async () => {
    const { openPage, clock, house } = await makePlace();
    const ada = await openPage();
    house.documents.admit = async () => ({ kind: 'refused', code: 'document-full' });
    ada.type('y');
    await clock.advance(100_000);
    expect(ada.client.saving).toBe('saving');
    house.restart();
    await clock.advance(2_500);
    expect(ada.client.saving).toBe('saved');
  });

  it('keeps what a full disk cannot take, and goes on trying until it can', async () => {
    const { openPage, clock, house } = await makePlace();
    const [ada, bob] = [await openPage('ada'), await openPage('bob')];
    const { log } = house.stores;
    const append = log.append.bind(log);
    log.append = () => Promise.reject(new CodedError('disk-full'));
    ada.type('y');
    await clock.advance(100_000);
    expect(ada.told.error).toEqual([[visibleError('disk-full'), 'edit']]);
    expect(ada.client.saving).toBe('saving');
    log.append = append;
    await clock.advance(35_000);
    expect(ada.client.saving).toBe('saved');
    expect(bob.text()).toBe(ada.text());
  });

  it('brings back more than one edit takes to a store that was restored from an older copy', async () => {
    const { openPage, clock, house } = await makePlace();
    const ada = await openPage();
    ada.client.doc.getText('file').insert(0, 'x'.repeat(2 * EDIT_BYTES));
    await clock.advance(10_000);
    await house.stores.log.remove(ROOM, await keys(house.stores));
    house.restart();
    await clock.advance(30_000);
    expect(ada.told.error).toEqual([]);
    expect(ada.client.saving).toBe('saved');
    expect((await house.stored()).getText('file').length).toBe(2 * EDIT_BYTES);
  });

  it('keeps and cuts anew what the server calls too large, without troubling anybody', async () => {
    const { openPage, clock, house } = await makePlace();
    const outbox = openMemoryOutbox();
    const ada = await openPage('ada', outbox);
    const admit = house.documents.admit.bind(house.documents);
    house.documents.admit = () => Promise.reject(new CodedError('update-too-large'));
    ada.type('kept');
    await clock.advance(500);
    expect((await outbox.load()).edits).toHaveLength(1);
    house.documents.admit = admit;
    await clock.advance(3_000);
    expect(ada.client.saving).toBe('saved');
    expect(ada.told.error).toEqual([]);
    expect((await house.stored()).getText('file').toString()).toBe('kept');
    expect((await outbox.load()).edits).toEqual([]);
  });

  it('cuts an edit of an earlier page that is larger than the server takes', async () => {
    const { openPage, clock, house } = await makePlace();
    const outbox = openMemoryOutbox();
    const doc = new Y.Doc();
    doc.getText('file').insert(0, 'x'.repeat(2 * EDIT_BYTES));
    const name = { client: 'BAAAAAAAAAAAAAAAAAAAAA' as ClientId, sequence: 3 };
    await outbox.put([{ ...name, update: Y.encodeStateAsUpdate(doc) }], 'first', []);
    const ada = await openPage('ada', outbox);
    await clock.advance(10_000);
    expect(ada.client.saving).toBe('saved');
    expect((await house.stored()).getText('file').length).toBe(2 * EDIT_BYTES);
    expect((await outbox.load()).edits).toEqual([]);
  });

  it('does not call saved what was refused as malformed', async () => {
    const { openPage, clock } = await makePlace();
    const outbox = openMemoryOutbox();
    const ada = await openPage('ada', outbox);
    ada.client.doc.getMap('meta').set('x', new Y.Doc());
    await clock.advance(60_000);
    expect(ada.told.error).toEqual([[visibleError('update-malformed'), 'edit']]);
    expect(ada.client.saving).toBe('saving');
    expect((await outbox.load()).edits).toHaveLength(1);
  });

  it('goes on by itself after the store failed for a moment', async () => {
    let failing = true;
    const { openPage, clock, house } = await makePlace({
      wrap: (stores) => ({
        ...stores,
        log: {
          ...stores.log,
          append: (room, entry) => (failing ? Promise.reject(new Error('disk')) : stores.log.append(room, entry)),
        },
      }),
    });
    const ada = await openPage();
    ada.type('x');
    await clock.advance(10_000);
    expect(ada.client.saving).toBe('saving');
    failing = false;
    await clock.advance(10_000);
    expect(ada.client.saving).toBe('saved');
    expect(ada.told.error).toEqual([]);
    expect((await house.stored()).getText('file').toString()).toBe('x');
  });
});

describe('another document in the room', () => {
  /** Another document takes the room while nobody can reach it. */
  async function replace({ network, house }: Awaited<ReturnType<typeof makePlace>>) {
    network.serve(undefined);
    const session = (await house.sessions.read(ROOM))!;
    await house.sessions.remove(ROOM);
    await house.stores.log.remove(ROOM, await keys(house.stores));
    await house.sessions.create({ ...session, epoch: 'second' });
  }
  const text = '# unsaved\nprint("hello")\n';
  const lost = { files: [{ name: 'main.py', text }] };

  /** A page whose text was never saved when another document took its place. */
  async function losing(outbox = openMemoryOutbox()) {
    const place = await makePlace();
    const ada = await place.openPage('ada', outbox);
    ada.client.switchLanguage(PYTHON);
    await place.clock.advance(100);
    await replace(place);
    ada.client.doc.getText(seedFileId(PYTHON)).insert(0, '# unsaved\n');
    await place.clock.advance(1_000);
    return { ...place, outbox, ada };
  }

  it('D4 hands over the text, keeps it apart, and shows the new document', async () => {
    const { ada, outbox, house, clock } = await losing();
    house.restart();
    const before = ada.client.doc;
    ada.client.retry();
    await clock.advance(10_000);
    expect(ada.told.replaced).toEqual([[]]);
    expect(ada.told.lost).toEqual([[lost]]);
    expect(ada.client.doc).not.toBe(before);
    expect(ada.client.link.kind).toBe('live');
    expect(ada.told.synced).toHaveLength(2);
    expect(await keys(house.stores)).toEqual([]);
    expect((await outbox.load()).edits).toEqual([]);
    ada.type('anew');
    await clock.advance(100);
    expect((await house.stored()).getText('file').toString()).toBe('anew');
  });

  it('D4 shows the text again after a reload, until the person has it', async () => {
    const { ada, outbox, house, clock, openPage } = await losing();
    house.restart();
    await clock.advance(20_000);
    await ada.client.close();
    const again = await openPage('ada', outbox);
    expect(again.told.lost).toEqual([[lost]]);
    expect(again.client.lost).toEqual(lost);
    again.client.recovered();
    expect(again.client.lost).toBeUndefined();
    await clock.advance(100_000);
    await again.client.close();
    expect((await openPage('ada', outbox)).client.lost).toBeUndefined();
  });

  it('D4 shows what a closed tab left of the old document, and never brings it into the new one', async () => {
    const { ada, outbox, house, clock, openPage } = await losing();
    await ada.client.close();
    // The document that it was written in was set aside by another tab.
    const { epoch, document } = await outbox.load();
    await outbox.setAside({ id: 'other', epoch: epoch!, document: document! }, []);
    house.restart();
    const bob = await openPage('bob', openMemoryOutbox());
    bob.type('new');
    await clock.advance(100);
    await outbox.keep('second', Y.encodeStateAsUpdate(bob.client.doc));
    const again = await openPage('ada', outbox);
    expect(again.text()).toBe('new');
    expect(again.client.lost).toEqual(lost);
    await clock.advance(1_000);
    expect((await house.stored()).getText('file').toString()).toBe('new');
    expect((await outbox.load()).edits).toEqual([]);
  });

  it('D4 leaves the edits of another open tab to that tab', async () => {
    const { ada, outbox, house, clock, makePage, network } = await losing();
    network.serve(undefined);
    const tab = makePage('ada', outbox);
    await tab.client.open();
    tab.client.doc.getText(seedFileId(PYTHON)).insert(0, '# second tab\n');
    await clock.advance(100);
    house.restart();
    ada.client.retry();
    await clock.advance(300);
    expect(ada.client.lost).toEqual(lost);
    tab.client.retry();
    await clock.advance(20_000);
    expect(tab.client.lost?.files[0]?.text).toContain('# second tab');
    expect((await outbox.load()).edits).toEqual([]);
  });
});

async function keys({ log }: Stores): Promise<string[]> {
  const all: string[] = [];
  for await (const page of log.read(ROOM)) all.push(...page.map(({ key }) => key));
  return all;
}

describe('people', () => {
  it('lists oneself first, one’s other tabs next, and tells a newcomer where cursors stand', async () => {
    const { openPage, clock } = await makePlace();
    const ada = await openPage('ada');
    ada.client.setCursor({ file: 'file', anchor: '1', head: '2' });
    await clock.advance(1_000);
    await openPage('bob');
    const again = await openPage('ada');
    await clock.advance(1_000);
    const [self, tab, other] = again.client.people;
    expect(self).toMatchObject({ name: 'ada', you: true, self: true, cursor: undefined });
    expect(tab).toMatchObject({ name: 'ada', you: true, self: false, cursor: { head: '2' } });
    expect(other).toMatchObject({ name: 'bob', you: false, self: false });
    ada.client.setName('Ada L.');
    await clock.advance(100);
    expect(again.client.people[1]?.name).toBe('Ada L.');
    await ada.client.close();
    await clock.advance(1_000);
    expect(again.client.people).toHaveLength(2);
  });
});

describe('the terminal', () => {
  const size = { columns: 80, rows: 24 };
  async function withTerminal() {
    const told: TerminalFrame[] = [];
    const terminal = { ...noTerminal, receive: async (_: unknown, frame: TerminalFrame) => void told.push(frame) };
    return { ...(await makePlace({ relay: { terminal } })), told };
  }

  it('names with a run what was deleted and is not acknowledged, the commit being held back', async () => {
    const told: TerminalFrame[] = [];
    const terminal = { ...noTerminal, receive: async (_: unknown, frame: TerminalFrame) => void told.push(frame) };
    const { wrap, release } = heldAppends();
    const { openPage, clock } = await makePlace({ wrap, relay: { terminal } });
    const ada = await openPage();
    const text = ada.client.doc.getText(seedFileId(PYTHON));
    const length = text.length;
    text.insert(length, 'x');
    ada.client.run({ columns: 80, rows: 24 });
    text.delete(length, 1);
    ada.client.run({ columns: 80, rows: 24 });
    await clock.advance(100);
    release();
    await clock.advance(1_000);
    ada.client.run({ columns: 80, rows: 24 });
    await clock.advance(100);
    const runs = told.flatMap((frame) => (frame.t === 'run' ? [frame] : []));
    expect(runs.map(({ del }) => del !== undefined)).toEqual([false, true, false]);
    expect(deletes(ada.client.doc, readDeletions(fromBase64(runs[1]!.del!))!)).toBe(true);
  });

  it('watches after joining, and again after every reconnect', async () => {
    const { openPage, clock, house, told } = await withTerminal();
    await openPage();
    expect(told.map(({ t }) => t)).toEqual(['watch']);
    house.restart();
    await clock.advance(2_000);
    expect(told.map(({ t }) => t)).toEqual(['watch', 'watch']);
  });

  it('runs the text that the presser sees, which is sent before', async () => {
    const { openPage, told, frames, clock } = await withTerminal();
    const ada = await openPage();
    ada.type('print(1)');
    ada.client.run(size);
    await clock.advance(10);
    const kinds = frames().map(({ t }) => t);
    expect(kinds.indexOf('edit')).toBeLessThan(kinds.indexOf('run'));
    const run = told.find((frame) => frame.t === 'run')!;
    expect(readVector(fromBase64((run as { sv: string }).sv))).toEqual(vectorOf(ada.client.doc));
  });

  it('W2 resends what was typed until it is taken, and gives up on interrupt', async () => {
    const { openPage, told, clock } = await withTerminal();
    const ada = await openPage();
    ada.client.input('ab', size);
    ada.client.input('c');
    await clock.advance(5_000);
    const inputs = () =>
      told.flatMap((frame) => (frame.t === 'input' ? [`${frame.n} from ${frame.b}: ${frame.d}`] : []));
    expect(inputs().slice(0, 4)).toEqual(['1 from 1: ab', '2 from 1: c', '1 from 1: ab', '2 from 1: c']);
    ada.client.interrupt();
    told.length = 0;
    await clock.advance(5_000);
    ada.client.input('d');
    await clock.advance(10);
    expect(inputs()).toEqual(['3 from 3: d']);
  });

  it('says that nothing was run while cut off, and tells the language later', async () => {
    const { openPage, told, clock, network, house } = await withTerminal();
    const ada = await openPage();
    network.serve(undefined);
    ada.client.run(size);
    ada.client.switchLanguage(PYTHON);
    expect(ada.told.error).toEqual([[visibleError('not-connected'), 'run']]);
    house.restart();
    ada.client.retry();
    await clock.advance(1_000);
    expect(told.map(({ t }) => t)).toEqual(['watch', 'language', 'watch']);
  });
});
