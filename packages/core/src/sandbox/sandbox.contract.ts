/** What every adapter of `Sandboxes` does. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LanguageId } from '../room/ids.ts';
import { Recorder } from './recorder.ts';
import { ClaimRefused, type Program, type SandboxEvent, type Sandboxes } from './sandbox.ts';

/** An adapter under test, and programs of a language that it has. */
export interface SandboxPlace {
  readonly sandboxes: Sandboxes;
  readonly language: LanguageId;
  readonly programs: {
    /** Prints "hello" and ends. */
    readonly hello: string;
    /** Runs for ever. */
    readonly endless: string;
    /** Ends the interpreter with code 3. */
    readonly exits: string;
  };
  close(): Promise<void>;
}

/** Runs the suite. */
export function describeSandboxContract(name: string, make: () => Promise<SandboxPlace>): void {
  describe(`Sandboxes: ${name}`, () => {
    let place: SandboxPlace;
    const program = (text: string): Program => ({
      files: [{ name: 'main', text }],
      entry: 'main',
      columns: 80,
      rows: 24,
    });
    beforeAll(async () => {
      place = await make();
    });
    afterAll(async () => {
      await place?.close();
    });

    test('a program starts, writes, ends, and the prompt follows', async () => {
      const sandbox = await place.sandboxes.claim(place.language);
      const seen: SandboxEvent[] = [];
      const prompt = new Promise<void>((resolve) => {
        sandbox.listen((event) => {
          seen.push(event);
          if (event.kind === 'prompt') resolve();
        });
      });
      await sandbox.start(program(place.programs.hello));
      await prompt;
      const kinds = seen.map((event) => event.kind);
      expect(kinds.indexOf('started')).toBe(0);
      expect(kinds.indexOf('output')).toBeLessThan(kinds.indexOf('finished'));
      expect(kinds.indexOf('finished')).toBeLessThan(kinds.indexOf('prompt'));
      expect(seen).toContainEqual({ kind: 'started', what: 'run' });
      expect(seen).toContainEqual({ kind: 'finished', what: 'run', code: 0 });
      await sandbox.release();
    });

    test('without a program only the prompt comes', async () => {
      const recorder = new Recorder(await place.sandboxes.claim(place.language));
      await recorder.prompt(() => recorder.sandbox.start({ files: [], columns: 100, rows: 30 }));
      expect(recorder.count('started')).toBe(0);
      await recorder.sandbox.release();
    });

    test('S1 every claim gives a sandbox that nobody had before', async () => {
      const ids = new Set<string>();
      for (let i = 0; i < 3; i++) {
        const sandbox = await place.sandboxes.claim(place.language);
        ids.add(sandbox.id);
        await sandbox.release();
      }
      expect(ids.size).toBe(3);
    });

    test('S4 a released sandbox has ended for good, and releasing it again changes nothing', async () => {
      const sandbox = await place.sandboxes.claim(place.language);
      expect(sandbox.state).toEqual({ kind: 'claimed' });
      await sandbox.release();
      expect(await sandbox.ended).toEqual({ kind: 'released' });
      await sandbox.release();
      sandbox.write(new TextEncoder().encode('x'));
      sandbox.interrupt();
      await sandbox.pause();
      expect(sandbox.state).toEqual({ kind: 'ended', end: { kind: 'released' } });
    });

    test('a program that ends the interpreter ends the sandbox, with its code', async () => {
      const recorder = new Recorder(await place.sandboxes.claim(place.language));
      await recorder.sandbox.start(program(place.programs.exits));
      expect(await recorder.sandbox.ended).toEqual({ kind: 'exited', code: 3 });
    });

    test('Ctrl-C ends an endless program and leaves the prompt', async () => {
      const recorder = new Recorder(await place.sandboxes.claim(place.language));
      await recorder.sandbox.start(program(place.programs.endless));
      await recorder.until(() => recorder.count('started') === 1);
      await recorder.prompt(() => recorder.sandbox.interrupt());
      expect(recorder.finished?.what).toBe('run');
      expect(recorder.finished?.code).not.toBe(0);
      await recorder.sandbox.release();
    });

    test('the next event waits for the listener', async () => {
      const sandbox = await place.sandboxes.claim(place.language);
      let atWork = 0;
      let most = 0;
      const prompt = new Promise<void>((resolve) => {
        sandbox.listen(async (event) => {
          atWork++;
          most = Math.max(most, atWork);
          await new Promise((next) => setImmediate(next));
          atWork--;
          if (event.kind === 'prompt') resolve();
        });
      });
      await sandbox.start(program(place.programs.hello));
      await prompt;
      expect(most).toBe(1);
      await sandbox.release();
    });

    test('a paused sandbox is woken by what is typed', async () => {
      const recorder = new Recorder(await place.sandboxes.claim(place.language));
      await recorder.prompt(() => recorder.sandbox.start(program(place.programs.hello)));
      await recorder.sandbox.pause();
      await recorder.prompt(() => recorder.type('\r'));
      await recorder.sandbox.release();
    });

    test('a language that is not there is refused by name', async () => {
      const refused = place.sandboxes.claim('no-such-language' as LanguageId);
      await expect(refused).rejects.toBeInstanceOf(ClaimRefused);
      await expect(refused).rejects.toMatchObject({ reason: 'unknown-language' });
    });
  });
}
