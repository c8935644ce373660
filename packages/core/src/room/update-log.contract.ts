/** What every UpdateLog does. */
import { describe, expect, it } from 'vitest';
import { drawAccessId, type PersonId, type RoomId } from './ids.ts';
import type { LoggedUpdate, UpdateLog } from './update-log.ts';

/** An entry whose bytes follow from its key. */
export function loggedUpdate(key: string, bytes = 8): LoggedUpdate {
  const update = new Uint8Array(bytes).map((_byte, at) => (key.charCodeAt(at % key.length) + at) & 0xff);
  return { key, update, author: `author of ${key}` as PersonId, at: 1_700_000_000_000 + bytes };
}

async function readAll(log: UpdateLog, room: RoomId): Promise<LoggedUpdate[]> {
  const all: LoggedUpdate[] = [];
  for await (const page of log.read(room)) all.push(...page);
  return all;
}

async function keysOf(log: UpdateLog, room: RoomId): Promise<string[]> {
  return (await readAll(log, room)).map(({ key }) => key).sort();
}

/** @param make an empty log, or one that the other tests' rooms are in */
export function describeUpdateLogContract(name: string, make: () => Promise<UpdateLog> | UpdateLog): void {
  const fresh = () => drawAccessId() as RoomId;

  describe(`UpdateLog: ${name}`, () => {
    it('reads back what was appended, byte for byte', async () => {
      const log = await make();
      const room = fresh();
      const entries = [loggedUpdate('a#1'), loggedUpdate('ü/😀#2', 300), loggedUpdate('empty#3', 0)];
      for (const entry of entries) expect(await log.append(room, entry)).toBe('appended');
      const read = await readAll(log, room);
      expect(read).toHaveLength(entries.length);
      for (const entry of entries) {
        const found = read.find(({ key }) => key === entry.key)!;
        expect({ ...found, update: Array.from(found.update) }).toEqual({ ...entry, update: Array.from(entry.update) });
      }
    });

    it('W2 keeps a resend as the one entry it was, whatever it carries', async () => {
      const log = await make();
      const room = fresh();
      expect(await log.append(room, loggedUpdate('a#1', 8))).toBe('appended');
      expect(await log.append(room, { ...loggedUpdate('a#1', 9), author: 'other' as PersonId })).toBe('duplicate');
      const [entry, ...more] = await readAll(log, room);
      expect(more).toEqual([]);
      expect(entry).toMatchObject({ author: 'author of a#1', at: loggedUpdate('a#1', 8).at });
      expect(entry!.update).toHaveLength(8);
    });

    it('W2 takes of the same key sent many times at once only one', async () => {
      const log = await make();
      const room = fresh();
      const results = await Promise.all(Array.from({ length: 10 }, () => log.append(room, loggedUpdate('a#1'))));
      expect(results.filter((result) => result === 'appended')).toHaveLength(1);
      expect(await keysOf(log, room)).toEqual(['a#1']);
    });

    it('keeps rooms apart', async () => {
      const log = await make();
      const [one, other] = [fresh(), fresh()];
      expect(await log.append(one, loggedUpdate('a#1'))).toBe('appended');
      expect(await log.append(other, loggedUpdate('a#1'))).toBe('appended');
      await log.remove(one, ['a#1']);
      expect(await keysOf(log, one)).toEqual([]);
      expect(await keysOf(log, other)).toEqual(['a#1']);
    });

    it('D2 shows to a read everything whose append had resolved', async () => {
      const log = await make();
      const room = fresh();
      for (let n = 1; n <= 20; n++) {
        await log.append(room, loggedUpdate(`a#${n}`));
        expect(await readAll(log, room)).toHaveLength(n);
      }
    });

    it('D2 misses nothing that was there before, while others append and remove', async () => {
      const log = await make();
      const room = fresh();
      const before = Array.from({ length: 60 }, (_each, n) => `before#${n + 1}`);
      const doomed = Array.from({ length: 30 }, (_each, n) => `doomed#${n + 1}`);
      await Promise.all([...before, ...doomed].map((key) => log.append(room, loggedUpdate(key, 20_000))));
      const seen: string[] = [];
      let page = 0;
      for await (const entries of log.read(room)) {
        seen.push(...entries.map(({ key }) => key));
        if (page === 0) await log.remove(room, doomed);
        await log.append(room, loggedUpdate(`during#${page++}`));
      }
      expect(before.filter((key) => !seen.includes(key))).toEqual([]);
      expect(new Set(seen).size).toBe(seen.length);
    });

    it('D3 removes exactly the named keys', async () => {
      const log = await make();
      const room = fresh();
      for (const key of ['a#1', 'a#2', 'a#11', 'b#1']) await log.append(room, loggedUpdate(key));
      await log.remove(room, ['a#1', 'b#1', 'unknown#1']);
      expect(await keysOf(log, room)).toEqual(['a#11', 'a#2']);
      await log.remove(room, []);
      await log.remove(fresh(), ['a#1']);
      expect(await keysOf(log, room)).toEqual(['a#11', 'a#2']);
    });

    it('weighs what is there', async () => {
      const log = await make();
      const room = fresh();
      expect(await log.weight(room)).toEqual({ entries: 0, bytes: 0 });
      await log.append(room, loggedUpdate('a#1', 100));
      await log.append(room, loggedUpdate('a#2', 23));
      await log.append(room, loggedUpdate('a#2', 23));
      expect(await log.weight(room)).toEqual({ entries: 2, bytes: 123 });
      await log.remove(room, ['a#1']);
      expect(await log.weight(room)).toEqual({ entries: 1, bytes: 23 });
    });

    it('holds many entries and large ones', async () => {
      const log = await make();
      const room = fresh();
      const keys = Array.from({ length: 2_500 }, (_each, n) => `a#${n + 1}`);
      await Promise.all(keys.map((key) => log.append(room, loggedUpdate(key))));
      await log.append(room, loggedUpdate('large#1', 1024 * 1024));
      expect(await keysOf(log, room)).toEqual([...keys, 'large#1'].sort());
    });

    it('is not changed by what happens to a buffer that was handed in', async () => {
      const log = await make();
      const room = fresh();
      const entry = loggedUpdate('a#1');
      const before = Array.from(entry.update);
      await log.append(room, entry);
      entry.update.fill(0xff);
      const [read] = await readAll(log, room);
      expect(Array.from(read!.update)).toEqual(before);
    });
  });
}
