import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import { Recorder } from '@codeconnected/core/sandbox/recorder.ts';
import type { SandboxFile } from '@codeconnected/core/sandbox/sandbox.ts';
import { Hints } from '@codeconnected/core/terminal/hints.ts';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import type { SandboxService } from '../sandbox/sandboxes.ts';
import { DOCKER_SOCKET, LANGUAGES_FOLDER, startService, temporaryFolder, whenBuilt } from '../sandbox/testing.ts';
import { type Acceptance, readAcceptance } from './acceptance.ts';
import { readLanguages } from './folders.ts';

const docker = new Docker({ socketPath: DOCKER_SOCKET });
const EXAMPLE_FOLDER = join(import.meta.dirname, 'example');
/** What an endless program prints before it begins to loop. */
const LOOPING = 'looping';
/** Lines of 100 characters that are typed and never read: more than a terminal holds. */
const UNREAD_LINES = 80;
/** Building an image from packages. */
const BUILD_MILLISECONDS = 10 * 60_000;

const { languages } = await readLanguages([LANGUAGES_FOLDER]);
const folders = new Map<LanguageId, string>(languages.map(({ id }) => [id, join(LANGUAGES_FOLDER, id)]));
/** A language that the product does not have, added as anybody would: by its folder. */
const added = await temporaryFolder();
const ADDED = 'added-by-test' as LanguageId;
await cp(EXAMPLE_FOLDER, join(added, ADDED), { recursive: true });
folders.set(ADDED, join(added, ADDED));
await mkdir(join(added, 'broken'));
await writeFile(join(added, 'broken', 'manifest.json'), JSON.stringify({ name: 'Broken', fileName: '../x' }));
const cases: [LanguageId, Acceptance][] = [];
for (const [id, folder] of folders) cases.push([id, await readAcceptance(folder)]);

let service: SandboxService;
beforeAll(async () => {
  service = await startService({ languageFolders: [LANGUAGES_FOLDER, added] });
});
afterAll(() => service?.close());

test('a folder with a mistake is refused with file, field and reason, and holds up no other', () => {
  const broken = service.languages().find((each) => each.id === 'broken');
  expect(broken?.image).toMatchObject({ kind: 'failed' });
  expect(broken?.image.kind === 'failed' && broken.image.reason).toMatch(/broken\/manifest\.json, field fileName: ./);
  expect(service.languages().length).toBe(folders.size + 1);
});

describe.each(cases)('language %s', (language, acceptance) => {
  beforeAll(() => whenBuilt(service, language), BUILD_MILLISECONDS);

  async function run(program: string, files: readonly SandboxFile[] = []): Promise<Recorder> {
    const fileName = service.languages().find((each) => each.id === language)!.fileName;
    let recorder: Recorder | undefined;
    onTestFailed(() => {
      const { text, marks, end } = recorder ?? {};
      console.error(JSON.stringify({ text: text?.slice(-2000), marks, end, health: service.health() }));
    });
    recorder = new Recorder(await service.claim(language));
    await recorder.sandbox.start({
      files: [{ name: fileName, text: program }, ...files],
      entry: fileName,
      columns: 80,
      rows: 24,
    });
    return recorder;
  }
  const typed = async (recorder: Recorder, text: string, expected: string) => {
    const before = recorder.text.length;
    recorder.type(text);
    // What is typed is echoed too: the answer stands on a line of its own.
    await recorder.until(() =>
      new RegExp(`^.*${expected}`, 'm').test(recorder.text.slice(before).split('\n').slice(1).join('\n')),
    );
  };

  test('hello', async () => {
    const recorder = await run(acceptance.hello.program);
    await recorder.prompt();
    expect(recorder.text).toContain(acceptance.hello.output);
    expect(recorder.finished).toEqual({ what: 'run', code: 0 });
    await recorder.sandbox.release();
  });

  test('a program reads what is typed', async () => {
    const recorder = await run(acceptance.stdin.program);
    await typed(recorder, acceptance.stdin.type, acceptance.stdin.output);
    await recorder.prompt();
    expect(recorder.finished).toEqual({ what: 'run', code: 0 });
    await recorder.sandbox.release();
  });

  test('an uncaught error is shown with its place, and its status is not 0', async () => {
    const recorder = await run(acceptance.error.program);
    await recorder.prompt();
    expect(recorder.text).toMatch(new RegExp(acceptance.error.output));
    expect(recorder.finished).toEqual({ what: 'run', code: 1 });
    expect(recorder.text).not.toContain('codeconnected');
    const entry = service.languages().find((each) => each.id === language)!;
    if (entry.errorPosition) {
      const places = [...recorder.text.matchAll(new RegExp(entry.errorPosition, 'g'))].map((match) => match.groups);
      const place = { file: entry.fileName, line: String(acceptance.error.place.line) };
      expect(places.map((each) => ({ ...each }))).toContainEqual(place);
    }
    await recorder.sandbox.release();
  });

  test("the program's definitions are there at the prompt", async () => {
    const recorder = await run(acceptance.definitions.program);
    await recorder.prompt();
    await recorder.prompt(() => typed(recorder, acceptance.definitions.type, acceptance.definitions.output));
    await recorder.sandbox.release();
  });

  test('Ctrl-C ends an endless program, and its definitions stay', async () => {
    const recorder = await run(acceptance.loop.program);
    // The mark comes before the first line ran: only what the program says shows that it is in its loop.
    await recorder.until(() => recorder.text.includes(LOOPING));
    await recorder.prompt(() => recorder.sandbox.interrupt());
    expect(recorder.finished).toEqual({ what: 'run', code: 130 });
    await typed(recorder, acceptance.loop.type, acceptance.loop.output);
    await recorder.sandbox.release();
  });

  test('Ctrl-C ends an endless loop typed at the prompt, and definitions stay', async () => {
    const recorder = await run(acceptance.promptLoop.program);
    await recorder.prompt();
    recorder.type(acceptance.promptLoop.loop);
    await recorder.until(() => recorder.marks.some((mark) => mark.kind === 'started' && mark.what === 'line'));
    await recorder.prompt(() => recorder.sandbox.interrupt());
    expect(recorder.finished).toEqual({ what: 'line', code: 130 });
    await typed(recorder, acceptance.promptLoop.type, acceptance.promptLoop.output);
    await recorder.sandbox.release();
  });

  test('Ctrl-C pressed again and again ends no interpreter', async () => {
    const recorder = await run(acceptance.loop.program);
    await recorder.until(() => recorder.text.includes(LOOPING));
    await recorder.prompt(async () => {
      for (let i = 0; i < 5; i++) {
        recorder.sandbox.interrupt();
        await docker.getContainer(recorder.sandbox.id).kill({ signal: 'SIGINT' });
      }
    });
    await typed(recorder, acceptance.loop.type, acceptance.loop.output);
    await recorder.sandbox.release();
  });

  test('Ctrl-C is not held up by what was typed and never read', async () => {
    const recorder = await run(acceptance.loop.program);
    await recorder.until(() => recorder.text.includes(LOOPING));
    for (let i = 0; i < UNREAD_LINES; i++) recorder.type(`${'#'.repeat(99)}\r`);
    await recorder.until(() => recorder.text.includes('#'));
    await recorder.prompt(() => recorder.sandbox.interrupt());
    expect(recorder.finished).toEqual({ what: 'run', code: 130 });
    await recorder.sandbox.release();
  });

  test('other files are there, under names with spaces too', async () => {
    const others = ['my data.txt', 'my other.txt'].map((name) => ({ name, text: `this is ${name}` }));
    const recorder = await run(acceptance.files.program, others);
    await recorder.prompt();
    expect(recorder.text).toContain('this is my data.txt');
    await recorder.sandbox.release();
  });

  test.each(['fullDisk', 'manyProcesses'] as const)(
    'S2 the limit that a program meets is noticed: %s',
    async (name) => {
      const recorder = await run(acceptance[name].program);
      await recorder.until(() => recorder.finished !== undefined);
      const hints = new Hints();
      hints.push(new TextEncoder().encode(recorder.text));
      expect(hints.take()).toEqual([name === 'fullDisk' ? 'disk' : 'processes']);
      await recorder.sandbox.release();
    },
  );

  test('S2 want of memory ends the sandbox, by that name', async () => {
    const recorder = await run(acceptance.memory.program);
    expect(await recorder.sandbox.ended).toEqual({ kind: 'limit', limit: 'memory' });
  });

  test('a program that ends the interpreter ends the sandbox, with its code', async () => {
    const recorder = await run(acceptance.exit.program);
    expect(await recorder.sandbox.ended).toEqual({ kind: 'exited', code: acceptance.exit.code });
  });

  test('so does a line at the prompt', async () => {
    const recorder = await run(acceptance.exitAtPrompt.program);
    await recorder.prompt();
    recorder.type(acceptance.exitAtPrompt.type);
    expect(await recorder.sandbox.ended).toEqual({ kind: 'exited', code: acceptance.exitAtPrompt.code });
  });

  test('every script comes out as it is', async () => {
    const recorder = await run(acceptance.utf8.program);
    await recorder.prompt();
    expect(recorder.text).toContain(acceptance.utf8.output);
    await recorder.sandbox.release();
  });

  test('1 MB of output arrives whole', async () => {
    const recorder = await run(acceptance.large.program);
    await recorder.prompt();
    expect(recorder.text.split(acceptance.large.character).length - 1).toBe(acceptance.large.count);
    await recorder.sandbox.release();
  });

  const { history, packages } = acceptance;
  if (history)
    test('the arrow key brings back what was typed', async () => {
      const recorder = await run(history.program);
      await recorder.prompt();
      await recorder.prompt(() => recorder.type(history.first));
      await typed(recorder, history.type, history.output);
      await recorder.sandbox.release();
    });

  if (packages)
    test('what the image brings can be used', async () => {
      const recorder = await run(packages.program);
      await recorder.prompt();
      expect(recorder.text).toContain(packages.output);
      await recorder.sandbox.release();
    });
});
