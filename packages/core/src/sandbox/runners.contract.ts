/** What every adapter of `Runners` does. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ClientId,
  type ConnectionId,
  drawAccessId,
  type LanguageId,
  type PersonId,
  type RoomId,
} from '../room/ids.ts';
import type { Runners, RunRequest } from './runners.ts';
import type { Viewed } from './viewed.ts';

/** An adapter under test, and programs of a language that it has. */
export interface RunnersPlace {
  readonly runners: Runners;
  /** A language whose runs take a fresh sandbox each. */
  readonly language: LanguageId;
  readonly programs: {
    /** Prints "hello" and ends. */
    readonly hello: string;
    /** Runs until Ctrl-C. */
    readonly endless: string;
    /** Reads a line and prints "got " with it. */
    readonly reads: string;
    /** Ends the interpreter with code 3. */
    readonly exits: string;
  };
  /** Name of the file with the program. */
  readonly entry: string;
  /** Makes a viewer's connection; what is posted to it arrives there. */
  viewer(): { readonly id: ConnectionId; readonly viewed: Viewed };
  close(): Promise<void>;
}

/** Runs the suite. */
export function describeRunnersContract(name: string, make: () => Promise<RunnersPlace>): void {
  describe(`Runners: ${name}`, () => {
    let place: RunnersPlace;
    let epochs = 0;
    const person = 'somebody' as PersonId;
    const epoch = async () => ++epochs;
    beforeAll(async () => {
      place = await make();
    });
    afterAll(async () => {
      await place?.close();
    });

    /** A room with one viewer at its prompt. */
    async function open() {
      const room = drawAccessId() as RoomId;
      const { id, viewed } = place.viewer();
      await place.runners.watch(room, id, place.language, epoch);
      await viewed.phase('prompt');
      return { room, id, viewed };
    }
    async function request(program: keyof RunnersPlace['programs'], run: string): Promise<RunRequest> {
      const files = [{ name: place.entry, text: place.programs[program] }];
      const size = { columns: 80, rows: 24 };
      return { run, by: person, language: place.language, files, entry: place.entry, epoch: await epoch(), ...size };
    }

    test('it offers languages', async () => {
      const ids = (await place.runners.languages()).map((each) => each.id);
      expect(ids).toContain(place.language);
    });

    test('watching opens a prompt and shows it', async () => {
      const { viewed } = await open();
      await viewed.until(() => viewed.text.trim() !== '');
      expect(viewed.frames[0]?.t).toBe('screen');
      expect(viewed.state?.epoch).toBeGreaterThan(0);
    });

    test('a run is seen by everyone who watches, with its result', async () => {
      const { room, viewed } = await open();
      const second = place.viewer();
      await place.runners.watch(room, second.id, place.language, epoch);
      expect(await place.runners.run(room, await request('hello', 'r1'))).toBe('started');
      for (const each of [viewed, second.viewed]) {
        expect((await each.ended('r1'))?.outcome).toEqual({ kind: 'exited', code: 0 });
        await each.shows('hello');
      }
    });

    test('one run at a time: another press joins it', async () => {
      const { room, viewed } = await open();
      await place.runners.run(room, await request('endless', 'r1'));
      await viewed.phase('running');
      expect(await place.runners.run(room, await request('hello', 'r2'))).toBe('joined');
      await place.runners.stop(room);
      expect((await viewed.ended('r1'))?.outcome).toEqual({ kind: 'stopped' });
    });

    test('W2 the same press that arrives twice runs once', async () => {
      const { room, viewed } = await open();
      const press = await request('hello', 'r1');
      await place.runners.run(room, press);
      await viewed.ended('r1');
      expect(await place.runners.run(room, press)).toBe('joined');
    });

    test('W2 input is put back in order, once', async () => {
      const { room, viewed } = await open();
      await place.runners.run(room, await request('reads', 'r1'));
      await viewed.phase('running');
      const client = drawAccessId() as ClientId;
      const input = (sequence: number, data: string) =>
        place.runners.input(room, person, { client, sequence, base: 1, data });
      expect(await input(3, '\r')).toBe(0);
      expect(await input(2, 'b')).toBe(0);
      expect(await input(1, 'a')).toBe(3);
      expect(await input(2, 'b')).toBe(3);
      await viewed.shows('got ab');
      await viewed.ended('r1');
    });

    test('Ctrl-C ends a program and leaves the prompt', async () => {
      const { room, viewed } = await open();
      await place.runners.run(room, await request('endless', 'r1'));
      await viewed.phase('running');
      await place.runners.interrupt(room);
      expect((await viewed.ended('r1'))?.outcome).toEqual({ kind: 'stopped' });
      await viewed.phase('prompt');
    });

    test('a program that ends the interpreter tells its code, and a fresh prompt follows', async () => {
      const { room, viewed } = await open();
      await place.runners.run(room, await request('exits', 'r1'));
      expect((await viewed.ended('r1'))?.outcome).toEqual({ kind: 'exited', code: 3 });
      await viewed.shows('exit code 3');
      await viewed.phase('prompt');
    });

    test('the size is told to everyone', async () => {
      const { room, viewed } = await open();
      await place.runners.resize(room, { columns: 100, rows: 30 });
      await viewed.until(() => viewed.state?.columns === 100);
      expect(viewed.frames).toContainEqual(expect.objectContaining({ t: 'output', columns: 100, rows: 30 }));
    });

    test('clearing empties the screen for everyone', async () => {
      const { room, viewed } = await open();
      await place.runners.run(room, await request('hello', 'r1'));
      await viewed.ended('r1');
      await viewed.shows('hello');
      await place.runners.clear(room);
      await viewed.until(() => viewed.frames.some((frame) => frame.t === 'output' && frame.clear === true));
      expect(viewed.text).not.toContain('hello');
    });

    test('reset gives a fresh prompt and says so', async () => {
      const { room, viewed } = await open();
      await place.runners.reset(room, place.language, await epoch(), 'made anew');
      await viewed.shows('made anew');
      await viewed.phase('prompt');
    });

    test('a language that is not there is refused by name', async () => {
      const { room } = await open();
      const press = { ...(await request('hello', 'r1')), language: 'no-such-language' as LanguageId };
      await expect(place.runners.run(room, press)).rejects.toMatchObject({ code: 'language-unknown' });
    });

    test('who stopped watching is sent nothing more', async () => {
      const { room, id, viewed } = await open();
      const second = place.viewer();
      await place.runners.watch(room, second.id, place.language, epoch);
      await place.runners.unwatch(room, id);
      const before = viewed.frames.length;
      await place.runners.run(room, await request('hello', 'r1'));
      await second.viewed.ended('r1');
      expect(viewed.frames.length).toBe(before);
    });

    test('a room that was closed begins anew', async () => {
      const { room, viewed } = await open();
      await place.runners.run(room, await request('hello', 'r1'));
      await viewed.ended('r1');
      await place.runners.close(room);
      const later = place.viewer();
      await place.runners.watch(room, later.id, place.language, epoch);
      await later.viewed.phase('prompt');
      expect(later.viewed.text).not.toContain('hello');
      expect(later.viewed.state!.epoch).toBeGreaterThan(viewed.state!.epoch);
    });
  });
}
