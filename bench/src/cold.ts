/** A cold start: a new container of the same image, under the same runtime and limits, for one program. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { imageName } from '@codeconnected/runner/image/builder.ts';
import type { Language } from '@codeconnected/runner/language/folders.ts';
import { containerOptions } from '@codeconnected/runner/sandbox/container.ts';
import { encodePayload, READY } from '@codeconnected/runner/sandbox/payload.ts';
import type Docker from 'dockerode';
import type { Program } from './languages.ts';

/** Where a bare interpreter finds the program. */
const PROGRAM_FOLDER = '/program';
/** User and group inside. */
const USER = 1000;
/** Milliseconds after which a start that printed nothing is given up. */
const PATIENCE_MILLISECONDS = 30_000;

export interface ColdPlace {
  readonly docker: Docker;
  readonly runtime: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Starts a container and follows its output until the program has printed. */
async function untilPrinted(
  { docker }: ColdPlace,
  options: Docker.ContainerCreateOptions,
  program: Program,
  payload?: Buffer,
): Promise<number> {
  const start = performance.now();
  const container = await docker.createContainer(options);
  try {
    const stream = (await container.attach({
      stream: true,
      stdin: true,
      stdout: true,
      stderr: true,
      hijack: true,
    })) as Duplex;
    const printed = new Promise<number>((done, fail) => {
      let output = '';
      let waiting = payload;
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString('latin1');
        if (waiting && output.includes(READY)) {
          stream.write(waiting);
          waiting = undefined;
        }
        if (output.includes(program.marker)) done(performance.now() - start);
      });
      stream.once('end', () => fail(new Error(`it ended without printing ${program.marker}: ${output.slice(-500)}`)));
      const late = () => fail(new Error(`it did not print ${program.marker}: ${output.slice(-500)}`));
      setTimeout(late, PATIENCE_MILLISECONDS).unref();
    });
    // Where starting fails, that is the error; this one is then nobody's.
    printed.catch(() => {});
    await container.start();
    return await printed;
  } finally {
    await container.remove({ force: true }).catch(() => {});
  }
}

function options(place: ColdPlace, language: Language, command: readonly string[]): Docker.ContainerCreateOptions {
  return containerOptions({
    image: imageName(language),
    boot: command,
    environment: language.manifest.environment,
    limits: language.manifest.limits,
    runtime: place.runtime,
    uid: USER,
    labels: place.labels,
  });
}

/** Milliseconds by the language's boot program: what Run would take if no sandbox were kept warm. */
export function coldBoot(place: ColdPlace, language: Language, program: Program): Promise<number> {
  const name = language.manifest.fileName;
  const payload = encodePayload(randomBytes(16).toString('hex'), {
    files: [{ name, text: program.text }],
    entry: name,
    columns: 80,
    rows: 24,
  });
  return untilPrinted(place, options(place, language, language.manifest.boot), program, payload);
}

/**
 * The interpreter that the boot program runs in, with another file in the boot program's place; undefined where the
 * boot program is not a file behind an interpreter.
 */
export function bareCommand({ manifest, recipe }: Language): readonly string[] | undefined {
  const [interpreter, ...rest] = manifest.boot;
  const file = rest.at(-1);
  if (!interpreter || !file || !Object.values(recipe.files).includes(file)) return undefined;
  return [interpreter, ...rest.slice(0, -1), `${PROGRAM_FOLDER}/${manifest.fileName}`];
}

/** Milliseconds by the bare interpreter: as `docker run` with the program in a mounted folder, nothing of ours in it. */
export async function coldBare(
  place: ColdPlace,
  language: Language,
  command: readonly string[],
  program: Program,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'codeconnected-bench-'));
  try {
    // Another user reads it inside.
    await chmod(folder, 0o755);
    await writeFile(join(folder, language.manifest.fileName), program.text);
    const { HostConfig, ...rest } = options(place, language, command);
    return await untilPrinted(
      place,
      { ...rest, HostConfig: { ...HostConfig, Binds: [`${folder}:${PROGRAM_FOLDER}:ro`] } },
      program,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
