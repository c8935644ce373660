import type { Connection } from '@codeconnected/core/room/connections.ts';
import {
  type ClientId,
  type ConnectionId,
  drawAccessId,
  type LanguageId,
  type PersonId,
  type RoomId,
} from '@codeconnected/core/room/ids.ts';
import { memoryCodeSessions } from '@codeconnected/core/room/memory/code-sessions.ts';
import { memoryConnections } from '@codeconnected/core/room/memory/connections.ts';
import { HandClock } from '@codeconnected/core/room/memory/hand-clock.ts';
import { expect, it } from 'vitest';
import { Expiry } from './expiry.ts';

const DAY = 24 * 60 * 60_000;

async function place() {
  const clock = new HandClock();
  const sessions = memoryCodeSessions();
  const connections = memoryConnections();
  const removed: RoomId[] = [];
  const broken = new Set<RoomId>();
  const problems: unknown[] = [];
  const expiry = new Expiry({
    sessions,
    connections,
    clock,
    roomMilliseconds: 90 * DAY,
    async remove(room) {
      if (broken.has(room)) throw new Error('its files cannot be deleted');
      await sessions.remove(room);
      removed.push(room);
      return true;
    },
    report: (problem) => problems.push(problem),
  });
  const create = async () => {
    const id = drawAccessId() as RoomId;
    const person = 'p' as PersonId;
    const now = clock.now();
    const language = 'python' as LanguageId;
    const times = { createdAt: now, lastUsedAt: now };
    await sessions.create({ id, epoch: 'e', creator: person, origin: 'o', language, ...times, terminalEpoch: 0 });
    return id;
  };
  return { clock, sessions, connections, removed, broken, problems, expiry, create };
}

it('deletes what nobody used for long enough, and only that', async () => {
  const { clock, sessions, connections, removed, expiry, create } = await place();
  const [old, occupied, touched] = [await create(), await create(), await create()];
  const here: Connection = {
    id: 'c' as ConnectionId,
    room: occupied,
    person: 'p' as PersonId,
    client: 'c' as ClientId,
    name: '',
    color: 0,
    role: 'editor',
    joinedAt: 0,
  };
  await connections.register(here);
  await clock.advance(80 * DAY);
  await sessions.touch(touched, clock.now());
  expect(removed).toEqual([]);
  await clock.advance(11 * DAY);
  expect(removed).toEqual([old]);
  await connections.remove(here.id);
  // It was in use until now.
  await clock.advance(80 * DAY);
  expect(removed).toEqual([old, touched]);
  await clock.advance(12 * DAY);
  expect(removed).toEqual([old, touched, occupied]);
  await expiry.close();
});

it('goes through more than a batch, and looks no more once closed', async () => {
  const { clock, removed, expiry, create } = await place();
  for (let n = 0; n < 250; n++) await create();
  await clock.advance(91 * DAY);
  expect(removed).toHaveLength(250);
  await create();
  await expiry.close();
  await clock.advance(91 * DAY);
  expect(removed).toHaveLength(250);
});

it('goes on past rooms that cannot be deleted, however many, and tries them again at the next look', async () => {
  const { clock, removed, broken, problems, expiry, create } = await place();
  for (let n = 0; n < 250; n++) broken.add(await create());
  await clock.advance(1);
  const whole = await create();
  await clock.advance(91 * DAY);
  expect(removed).toEqual([whole]);
  expect(problems.length).toBeGreaterThanOrEqual(250);
  broken.clear();
  await clock.advance(DAY);
  expect(removed).toHaveLength(251);
  await expiry.close();
});
