/** What every CodeSessions does. */
import { describe, expect, it } from 'vitest';
import { drawAccessId, type LanguageId, type PersonId, type RoomId } from '../room/ids.ts';
import type { CodeSession, CodeSessions } from './code-sessions.ts';

const NOW = 1_700_000_000_000;

function session(more: Partial<CodeSession> = {}): CodeSession {
  return {
    id: drawAccessId() as RoomId,
    epoch: drawAccessId(),
    creator: drawAccessId() as PersonId,
    origin: drawAccessId(),
    language: 'python' as LanguageId,
    createdAt: NOW,
    lastUsedAt: NOW,
    terminalEpoch: 0,
    ...more,
  };
}

/** @param make an empty register, or one that the other tests' rooms are in */
export function describeCodeSessionsContract(name: string, make: () => Promise<CodeSessions> | CodeSessions): void {
  describe(`CodeSessions: ${name}`, () => {
    it('reads back what was created', async () => {
      const sessions = await make();
      const one = session();
      expect(await sessions.read(one.id)).toBeUndefined();
      expect(await sessions.create(one)).toBe('created');
      expect(await sessions.read(one.id)).toEqual(one);
    });

    it('D4 creates once: a second creation changes nothing', async () => {
      const sessions = await make();
      const one = session();
      const results = await Promise.all([one, session({ id: one.id })].map((each) => sessions.create(each)));
      expect([...results].sort()).toEqual(['created', 'exists']);
      const kept = await sessions.read(one.id);
      expect(await sessions.create(session({ id: one.id }))).toBe('exists');
      expect(await sessions.read(one.id)).toEqual(kept);
    });

    it('W2 moves the time of use forward, never back', async () => {
      const sessions = await make();
      const one = session();
      await sessions.create(one);
      await sessions.touch(one.id, NOW + 10);
      await sessions.touch(one.id, NOW + 5);
      expect(await sessions.read(one.id)).toEqual({ ...one, lastUsedAt: NOW + 10 });
      await sessions.touch(drawAccessId() as RoomId, NOW);
    });

    it('C1 gives every claim its own terminal epoch', async () => {
      const sessions = await make();
      const one = session();
      await sessions.create(one);
      const epochs = await Promise.all(Array.from({ length: 20 }, () => sessions.raiseTerminalEpoch(one.id)));
      expect([...epochs].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_each, at) => at + 1));
      expect((await sessions.read(one.id))?.terminalEpoch).toBe(20);
      await expect(sessions.raiseTerminalEpoch(drawAccessId() as RoomId)).rejects.toThrow();
    });

    it('counts what an origin created at or after a time', async () => {
      const sessions = await make();
      const origin = drawAccessId();
      for (const createdAt of [NOW - 1, NOW, NOW + 1]) await sessions.create(session({ origin, createdAt }));
      await sessions.create(session());
      expect(await sessions.countCreated(origin, NOW)).toBe(2);
      expect(await sessions.countCreated(origin, NOW + 2)).toBe(0);
      expect(await sessions.countCreated(drawAccessId(), 0)).toBe(0);
    });

    it('names those unused since a time, oldest first, as many as asked for', async () => {
      const sessions = await make();
      // Long before every other test's rooms.
      const old = [30, 10, 20].map((lastUsedAt) => session({ lastUsedAt }));
      for (const each of old) await sessions.create(each);
      const [third, first, second] = old.map(({ id }) => id);
      expect(await sessions.unusedSince(30, 10)).toEqual([first, second]);
      expect(await sessions.unusedSince(31, 10)).toEqual([first, second, third]);
      expect(await sessions.unusedSince(31, 1)).toEqual([first]);
      for (const { id } of old) await sessions.remove(id);
    });

    it('removes one, and no other', async () => {
      const sessions = await make();
      const [one, other] = [session(), session()];
      await sessions.create(one);
      await sessions.create(other);
      await sessions.remove(one.id);
      await sessions.remove(one.id);
      expect(await sessions.read(one.id)).toBeUndefined();
      expect(await sessions.read(other.id)).toEqual(other);
    });
  });
}
