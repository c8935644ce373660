/** What every History does. */
import { describe, expect, it } from 'vitest';
import type { History, HistorySegment, RoomEvent } from './history.ts';
import { drawAccessId, type LanguageId, type PersonId, type RoomId } from './ids.ts';
import { loggedUpdate } from './update-log.contract.ts';

function segment(id: string, keys: readonly string[]): HistorySegment {
  return { id, entries: keys.map((key, at) => loggedUpdate(key, at * 7)) };
}

function plain({ id, entries }: HistorySegment) {
  return { id, entries: entries.map((entry) => ({ ...entry, update: Array.from(entry.update) })) };
}

async function segmentsOf(history: History, room: RoomId): Promise<ReturnType<typeof plain>[]> {
  const all: ReturnType<typeof plain>[] = [];
  for await (const each of history.segments(room)) all.push(plain(each));
  return all;
}

async function eventsOf(history: History, room: RoomId): Promise<RoomEvent[]> {
  const all: RoomEvent[] = [];
  for await (const page of history.events(room)) all.push(...page);
  return all;
}

/** @param make an empty history, or one that the other tests' rooms are in */
export function describeHistoryContract(name: string, make: () => Promise<History> | History): void {
  const fresh = () => drawAccessId() as RoomId;

  describe(`History: ${name}`, () => {
    it('D3 gives back what was archived, with author and time, in the order it was', async () => {
      const history = await make();
      const room = fresh();
      const segments = ['zz', 'aa', 'mm'].map((id, at) => segment(id, [`${at}#1`, `${at}#2`, `${at}#3`]));
      for (const each of segments) await history.archive(room, each);
      expect(await segmentsOf(history, room)).toEqual(segments.map(plain));
    });

    it('D3 takes a repeated archive as the same segment', async () => {
      const history = await make();
      const room = fresh();
      await history.archive(room, segment('one', ['a#1']));
      await history.archive(room, segment('two', ['a#2']));
      await history.archive(room, segment('one', ['a#1']));
      expect((await segmentsOf(history, room)).map(({ id }) => id)).toEqual(['one', 'two']);
    });

    it('records events in order', async () => {
      const history = await make();
      const room = fresh();
      const person = 'p' as PersonId;
      const language = 'python' as LanguageId;
      const events: RoomEvent[] = [
        { kind: 'joined', at: 3, person, name: 'Ünal' },
        { kind: 'run', at: 1, person, run: 'r1', language, version: new Uint8Array([0, 255, 7]) },
        { kind: 'language', at: 2, person, language },
        { kind: 'left', at: 4, person },
      ];
      for (const event of events) await history.record(room, event);
      const read = await eventsOf(history, room);
      expect(read.map(({ kind }) => kind)).toEqual(events.map(({ kind }) => kind));
      const [joined, run] = read;
      expect(joined).toEqual(events[0]);
      expect(run?.kind === 'run' && Array.from(run.version)).toEqual([0, 255, 7]);
    });

    it('holds more events than a page', async () => {
      const history = await make();
      const room = fresh();
      const person = 'p' as PersonId;
      await Promise.all(
        Array.from({ length: 2_100 }, (_each, at) => history.record(room, { kind: 'left', at, person })),
      );
      const times = (await eventsOf(history, room)).map(({ at }) => at);
      expect(times.sort((a, b) => a - b)).toEqual(Array.from({ length: 2_100 }, (_each, at) => at));
    });

    it('removes a room, and no other', async () => {
      const history = await make();
      const [one, other] = [fresh(), fresh()];
      for (const room of [one, other]) {
        await history.archive(room, segment('one', ['a#1']));
        await history.record(room, { kind: 'left', at: 1, person: 'p' as PersonId });
      }
      await history.remove(one);
      await history.remove(one);
      expect(await segmentsOf(history, one)).toEqual([]);
      expect(await eventsOf(history, one)).toEqual([]);
      expect(await segmentsOf(history, other)).toHaveLength(1);
      expect(await eventsOf(history, other)).toHaveLength(1);
    });
  });
}
