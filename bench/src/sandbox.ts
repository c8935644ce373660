/** Claim of a warm sandbox against a cold start of the same image under the same runtime, by turns in one run. */
import { randomUUID } from 'node:crypto';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import { imageName } from '@codeconnected/runner/image/builder.ts';
import { readLanguages } from '@codeconnected/runner/language/folders.ts';
import { containerOptions } from '@codeconnected/runner/sandbox/container.ts';
import { ownerOf, ownerText } from '@codeconnected/runner/sandbox/owner.ts';
import { INSTANCE_LABEL, OWNER_LABEL } from '@codeconnected/runner/sandbox/reap.ts';
import { createSandboxes, type SandboxService } from '@codeconnected/runner/sandbox/sandboxes.ts';
import Docker from 'dockerode';
import { pino } from 'pino';
import type { Report } from './report.ts';
import { summarise } from './stats.ts';

/** Turns of warm and cold for each language. */
const TURNS = 9;
/** Pause between turns, so that the pool has refilled. */
const BETWEEN_MILLISECONDS = 2500;
const MARKER = 'first-output';

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** What prints one line at once, by the way its language is started cold. */
export interface Program {
  readonly language: LanguageId;
  readonly text: string;
  /** The same program as a command of the image's own interpreter. */
  readonly cold: readonly string[];
}

/** Milliseconds from the claim to the program's first output. */
async function fromClaim(sandboxes: SandboxService, program: Program, name: string): Promise<number> {
  const start = performance.now();
  const sandbox = await sandboxes.claim(program.language);
  const seen = new Promise<number>((done) => {
    let output = '';
    sandbox.listen((event) => {
      if (event.kind !== 'output') return;
      output += Buffer.from(event.bytes).toString('latin1');
      if (output.includes(MARKER)) done(performance.now() - start);
    });
  });
  await sandbox.start({ files: [{ name, text: program.text }], entry: name, columns: 80, rows: 24 });
  const milliseconds = await seen;
  await sandbox.release();
  return milliseconds;
}

/** Milliseconds from `docker run` of a container with the same limits to its first output. */
async function fromCold(docker: Docker, options: Docker.ContainerCreateOptions): Promise<number> {
  const start = performance.now();
  const container = await docker.createContainer(options);
  const stream = await container.attach({ stream: true, stdout: true, stderr: true, hijack: true, stdin: true });
  const seen = new Promise<number>((done) => {
    let output = '';
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('latin1');
      if (output.includes(MARKER)) done(performance.now() - start);
    });
  });
  await container.start();
  const milliseconds = await seen;
  await container.remove({ force: true }).catch(() => undefined);
  return milliseconds;
}

/** Measures every program's language; resolves when no sandbox is left. */
export async function sandboxes(
  report: Report,
  programs: readonly Program[],
  place: { socketPath: string; cacheFolder: string; runtime: string; languageFolder: string },
): Promise<void> {
  const instance = `bench-${randomUUID()}`;
  const service = createSandboxes({
    ...place,
    instance,
    languageFolders: [place.languageFolder],
    log: pino({ level: 'error' }),
  });
  const docker = new Docker({ socketPath: place.socketPath });
  const { languages } = await readLanguages([place.languageFolder]);
  await service.start();
  try {
    for (const program of programs) {
      const language = languages.find(({ id }) => id === program.language)!;
      const options: Docker.ContainerCreateOptions = {
        ...containerOptions({
          image: imageName(language),
          boot: program.cold,
          environment: language.manifest.environment,
          limits: language.manifest.limits,
          runtime: place.runtime,
          uid: 1000,
          labels: { [INSTANCE_LABEL]: instance, [OWNER_LABEL]: ownerText(ownerOf()) },
        }),
      };
      while ((service.health().warm[program.language] ?? 0) === 0) await pause(100);
      const warm: number[] = [];
      const cold: number[] = [];
      for (let turn = 0; turn < TURNS; turn++) {
        await pause(BETWEEN_MILLISECONDS);
        warm.push(await fromClaim(service, program, language.manifest.fileName));
        await pause(BETWEEN_MILLISECONDS);
        cold.push(await fromCold(docker, options));
      }
      const [fast, slow] = [summarise(warm), summarise(cold)];
      const raw = { warm: { ...fast, sample: warm }, cold: { ...slow, sample: cold } };
      report.add({
        what: `claim → first output, ${program.language}, median`,
        value: fast.median,
        unit: 'ms',
        aim: 'aim ≤ 60',
        raw,
      });
      report.add({
        what: `cold start of the same image → first output, ${program.language}`,
        value: slow.median,
        unit: 'ms',
        raw,
      });
      const ratio = Math.round((slow.median / fast.median) * 10) / 10;
      report.add({ what: `cold ÷ warm, ${program.language}`, value: ratio, unit: 'times', aim: 'aim ≥ 8', raw });
    }
  } finally {
    await service.close();
  }
}
