import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { toBase64 } from '@codeconnected/core/room/base64.ts';
import type { ClientFrameInput } from '@codeconnected/core/room/frames.ts';
import { drawAccessId, type LanguageId, type PersonId, type RoomId } from '@codeconnected/core/room/ids.ts';
import { HandClock } from '@codeconnected/core/room/memory/hand-clock.ts';
import { cut } from '@codeconnected/core/room/parts.ts';
import { quadraticPair } from '@codeconnected/core/room/quadratic.testing.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../store/open.ts';
import { Place, type Tab } from './web.harness.ts';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
/** Milliseconds for what comes by itself, on a busy machine. */
const PATIENCE = { timeout: 60_000 };

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.dispose());

async function started(...args: Parameters<Place['start']>): Promise<RoomId> {
  place.knowLanguages();
  await place.start(...args);
  return place.createRoom();
}

/** Who is there, as this tab was told last. */
function latestNames(tab: Tab): string[] {
  const last = tab.frames.findLast((frame) => frame.t === 'people');
  return last?.t === 'people' ? last.people.map(({ name }) => name).sort() : [];
}

/** It still works for this one: an edit is kept. */
async function works(tab: Tab): Promise<void> {
  await tab.acknowledged(tab.type('still here '));
}

/** A connection without a cookie that answers no closing handshake. */
async function stubborn(room: RoomId): Promise<{ closed: Promise<unknown> }> {
  const { hostname, port, host } = new URL(place.web.url);
  const socket = connect(Number(port), hostname);
  const closed = once(socket, 'close');
  const lines = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  const key = `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`;
  socket.write(`${[`GET /socket?room=${room} HTTP/1.1`, `Host: ${host}`, ...lines, key].join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  socket.resume();
  return { closed };
}

describe('rooms over real WebSockets', () => {
  it('joins two people, shows them to each other and carries edits', async () => {
    const room = await started();
    const ann = await (await place.open(room)).join('Ann');
    expect(ann.text).toBe('print("hello")\n');
    const bob = await (await place.open(room)).join('Bob');
    const { people } = await ann.next('people', ({ people }) => people.length === 2);
    expect(people.map(({ name }) => name).sort()).toEqual(['Ann', 'Bob']);
    const n = ann.type('# by Ann\n');
    await ann.acknowledged(n);
    await bob.next('update');
    expect(bob.text).toBe('# by Ann\nprint("hello")\n');
    bob.socket.close();
    await ann.next('people', ({ people, v }) => people.length === 1 && v > 0 && people[0]?.name === 'Ann');
  });

  it('D1 acknowledges nothing while the commit is held back, and tells nobody of it', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((done) => {
      release = done;
    });
    let holding = false;
    const wrapStore = (store: Store): Store => ({
      ...store,
      log: {
        ...store.log,
        async append(room, entry) {
          const result = await store.log.append(room, entry);
          if (holding) await held;
          return result;
        },
      },
    });
    const room = await started({}, { wrapStore });
    const ann = await (await place.open(room)).join('Ann');
    const bob = await (await place.open(room)).join('Bob');
    holding = true;
    const n = ann.type('x');
    // Whatever was going to come of the edit would come before the answer to what follows it.
    for (const tab of [ann, bob]) {
      tab.send({ t: 'ping' });
      await tab.next('pong');
      expect(tab.frames.some(({ t }) => t === 'ack' || t === 'update')).toBe(false);
    }
    release();
    await ann.acknowledged(n);
    await bob.next('update');
  });

  it('D1 keeps rooms over a restart', async () => {
    const room = await started();
    const ann = await (await place.open(room)).join();
    await ann.acknowledged(ann.type('before '));
    await place.stop();
    expect((await ann.closed).code).toBe(1012);
    await place.start();
    const again = await (await place.open(room)).join();
    expect(again.text).toBe('before print("hello")\n');
    const preview = await place.web.site.preview(room);
    expect(preview?.text.files[0]?.text).toBe('before print("hello")\n');
    expect(preview?.text.language).toBe('python');
  });

  it('says to an unknown room, to a foreign cookie and to none what is the matter, and closes', async () => {
    await started();
    for (const room of [drawAccessId(), '', '../..', 'x'.repeat(500)]) {
      const tab = await place.open(room);
      if (room.length === 22) void tab.join();
      expect(await tab.next('error')).toMatchObject({ code: 'room-unknown', final: true });
      expect((await tab.closed).code).toBe(4000);
    }
    const room = await place.createRoom();
    for (const cookie of ['', 'x.y', `${drawAccessId()}.${'A'.repeat(43)}`]) {
      const tab = await place.open(room, cookie);
      expect(await tab.next('error')).toMatchObject({ code: 'guest-unknown', final: true });
      expect((await tab.closed).code).toBe(4000);
    }
  });

  it('knows a person again by the cookie, in every tab', async () => {
    const room = await started();
    const { cookie, person } = await place.web.site.guests.issue();
    const one = await (await place.open(room, cookie)).join();
    const two = await (await place.open(room, cookie)).join();
    expect((await one.next('welcome')).you.person).toBe(person);
    expect((await two.next('welcome')).you).toMatchObject({ person, color: (await one.next('welcome')).you.color });
  });

  it('answers malformed frames to their sender alone, and the room goes on', async () => {
    const room = await started();
    const good = await (await place.open(room)).join();
    const bad = await (await place.open(room)).join();
    const texts = ['', '{', 'null', '[]', '{"t":"nothing"}', '{"t":"edit"}', '"\u0000"', '{"t":"join","v":1}'];
    for (const text of texts) bad.socket.send(text);
    const update = (bytes: Uint8Array): ClientFrameInput => ({ t: 'edit', c: bad.client, n: 1, u: toBase64(bytes) });
    for (const bytes of [new Uint8Array(0), new Uint8Array([255, 255]), randomBytes(300)]) bad.send(update(bytes));
    bad.send({ t: 'vector', sv: toBase64(new Uint8Array([9, 9])) });
    await bad.next('error', () => bad.frames.filter(({ t }) => t === 'error').length >= texts.length + 3);
    await works(good);
    await works(bad);
    expect(good.frames.filter(({ t }) => t === 'error')).toEqual([]);
  });

  it('W1 refuses a frame over 32 KB and a binary one with the reason, and closes that connection alone', async () => {
    const room = await started();
    const good = await (await place.open(room)).join();
    const large = await (await place.open(room)).join();
    large.socket.send(JSON.stringify({ t: 'name', name: 'x'.repeat(40_000) }));
    expect(await large.next('error')).toMatchObject({ code: 'frame-too-large', final: true });
    expect((await large.closed).code).toBe(1009);
    const binary = await (await place.open(room)).join();
    binary.socket.send(Buffer.from('{"t":"ping"}'));
    expect(await binary.next('error')).toMatchObject({ code: 'frame-malformed', final: true });
    expect((await binary.closed).code).toBe(1003);
    await works(good);
    expect(good.frames.filter(({ t }) => t === 'error')).toEqual([]);
  });

  it('P1 takes nothing from a connection that has not joined', async () => {
    const room = await started();
    const good = await (await place.open(room)).join();
    const stranger = await (await place.open(room)).opened();
    stranger.send({ t: 'edit', c: stranger.client, n: 1, u: toBase64(new Uint8Array([0, 0])) });
    stranger.send({ t: 'input', c: stranger.client, n: 1, b: 1, d: 'x' });
    await stranger.next('error', ({ about }) => about === 'edit');
    await stranger.next('error', ({ about }) => about === 'input');
    await works(good);
  });

  it('closes a connection that does not join', async () => {
    const clock = new HandClock(Date.now());
    const room = await started({}, { clock });
    const ann = await (await place.open(room)).join();
    const idle = await (await place.open(room)).opened();
    idle.send({ t: 'ping' });
    await idle.next('pong');
    await clock.advance(10_000);
    expect(await idle.next('error')).toMatchObject({ code: 'not-joined', final: true });
    expect((await idle.closed).code).toBe(4000);
    await works(ann);
  });

  it('bounds the connections of a person', async () => {
    const room = await started();
    const { cookie } = await place.web.site.guests.issue();
    const tabs = await Promise.all(Array.from({ length: 60 }, () => place.open(room, cookie)));
    await Promise.all(tabs.map((tab) => tab.opened()));
    const oneMore = await place.open(room, cookie);
    expect(await oneMore.next('error')).toMatchObject({ code: 'server-full', final: false });
    expect((await oneMore.closed).code).toBe(4000);
    tabs[0]!.socket.close();
    await tabs[0]!.closed;
    await works(await (await place.open(room, cookie)).join());
  });

  it('bounds the connections of an address, an IPv6 network as one', async () => {
    const room = await started({ socketsPerAddress: 2, trustProxy: true });
    const from = (address: string) => place.open(room, undefined, { headers: { 'x-forwarded-for': address } });
    for (const address of ['2001:db8::1', '2001:db8::2', '192.0.2.1']) await (await from(address)).join();
    const third = await from('2001:db8:0:0:ffff::3');
    expect(await third.next('error')).toMatchObject({ code: 'server-full', final: false });
    await works(await (await from('2001:db8:0:1::1')).join());
  });

  it('counts nobody whom it refuses, and ends those who do not leave', async () => {
    const clock = new HandClock(Date.now());
    const room = await started({ socketsMost: 2, socketsPerAddress: 2 }, { clock });
    const refused = await Promise.all(Array.from({ length: 100 }, () => place.open(room, 'x.y')));
    await Promise.all(refused.map((tab) => tab.next('error')));
    const stays = await stubborn(room);
    await works(await (await place.open(room)).join());
    await works(await (await place.open(room)).join());
    const full = await place.open(room);
    expect(await full.next('error')).toMatchObject({ code: 'server-full', final: false });
    await clock.advance(1_000);
    await stays.closed;
  });

  it('W3 cuts off one that asks for much and reads nothing, and delays nobody', async () => {
    place.knowLanguages('x'.repeat(700_000));
    const clock = new HandClock(Date.now());
    await place.start({ documentMiB: 1 }, { clock });
    const room = await place.createRoom();
    const ann = await (await place.open(room)).join('Ann');
    const bob = await (await place.open(room)).join('Bob');
    const stuck = await (await place.open(room)).join('Stuck');
    const names = async () => {
      await clock.advance(500);
      return latestNames(ann);
    };
    await expect.poll(names, PATIENCE).toEqual(['Ann', 'Bob', 'Stuck']);
    stuck.socket.pause();
    // Each is answered by the whole document: far more than the kernel's buffers and the bound hold together.
    const ask = async () => {
      stuck.send({ t: 'vector', sv: toBase64(new Uint8Array([0])) });
      await works(ann);
      await works(bob);
      await clock.advance(2_000);
      return latestNames(ann);
    };
    await expect.poll(ask, PATIENCE).toEqual(['Ann', 'Bob']);
    await works(ann);
    await works(bob);
  });

  it('refuses an edit that would hold up everyone, and goes on meanwhile', async () => {
    const room = await started();
    const eve = await (await place.open(room)).join('Eve');
    const [first, second] = quadraticPair(20_000);
    const other = await (await place.open(await place.createRoom())).join('Ann');
    const send = (update: Uint8Array, n: number) => {
      const texts = cut(JSON.stringify({ t: 'edit', c: eve.client, n, u: toBase64(update) }), () => `p${n}`);
      for (const text of texts) eve.socket.send(text);
    };
    send(first, 1);
    await eve.acknowledged(1);
    send(second, 2);
    const refused = eve.next('error');
    await other.acknowledged(other.type('meanwhile '));
    expect(await refused).toMatchObject({ code: 'update-too-costly', about: 'edit', n: 2 });
    await works(eve);
    // Whoever comes finds the document without it.
    await works(await (await place.open(room)).join('Bob'));
  });

  it('bounds rooms for each address and hour, an IPv6 network as one', async () => {
    const clock = new HandClock(Date.now());
    await started({ roomsPerHour: 3 }, { clock });
    const create = (address: string) =>
      place.web.site.createRoom('python' as LanguageId, { person: 'p' as PersonId, address });
    const at = async (addresses: string[]) => (await Promise.all(addresses.map(create))).map(({ kind }) => kind);
    // One came from the first address already.
    expect((await at(Array(5).fill('192.0.2.1'))).filter((kind) => kind === 'created')).toHaveLength(2);
    const refused = await create('192.0.2.1');
    expect(refused.kind === 'refused' && refused.error.code).toBe('too-many-rooms');
    expect(await at(['::ffff:192.0.2.1'])).toEqual(['refused']);
    expect(await at(['192.0.2.2'])).toEqual(['created']);
    const network = ['2001:db8::1', '2001:db8:0:0:ffff::2', '2001:db8::3', '2001:db8::4'];
    expect((await at(network)).filter((kind) => kind === 'refused')).toHaveLength(1);
    expect(await at(['2001:db8:0:1::1'])).toEqual(['created']);
    await clock.advance(HOUR + 1);
    expect(await at(['192.0.2.1'])).toEqual(['created']);
  });

  it('stores who opened a room as its creator', async () => {
    await started();
    const { person } = await place.web.site.guests.issue();
    const created = await place.web.site.createRoom('python' as LanguageId, { person, address: '192.0.2.9' });
    await place.stop();
    const { sessions, close } = await openStore({ dataDir: place.dataDir });
    const stored = created.kind === 'created' ? await sessions.read(created.room) : undefined;
    await close();
    expect(stored?.creator).toBe(person);
  });

  it('opens no room in a language that nobody knows', async () => {
    await started();
    const refused = await place.web.site.createRoom('cobol' as LanguageId, { person: 'p' as PersonId, address: '' });
    expect(refused.kind === 'refused' && refused.error.code).toBe('language-unknown');
  });

  it('deletes rooms unused for the configured time, with their files', async () => {
    const clock = new HandClock(Date.now());
    const unused = await started({ roomDays: 2 }, { clock });
    const ann = await (await place.open(unused)).join();
    expect((await ann.next('welcome')).expiresAt).toBe(clock.now() + 2 * DAY);
    ann.socket.terminate();
    await clock.advance(2 * DAY);
    // The store answers in its own time; the clock goes on until it has.
    const preview = async () => {
      await clock.advance(2 * HOUR);
      return place.web.site.preview(unused);
    };
    await expect.poll(preview, PATIENCE).toBeUndefined();
    expect(await place.createRoom()).not.toBe(unused);
  });
});
