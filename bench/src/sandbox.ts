/** Claim of a warm sandbox against cold starts of the same image under the same runtime, by turns in one run. */
import { randomUUID } from 'node:crypto';
import { ownerOf, ownerText } from '@codeconnected/runner/sandbox/owner.ts';
import { INSTANCE_LABEL, OWNER_LABEL } from '@codeconnected/runner/sandbox/reap.ts';
import { createSandboxes, type SandboxService } from '@codeconnected/runner/sandbox/sandboxes.ts';
import Docker from 'dockerode';
import { pino } from 'pino';
import { bareCommand, type ColdPlace, coldBare, coldBoot } from './cold.ts';
import type { MeasuredLanguage } from './languages.ts';
import type { Report } from './report.ts';
import { type Samples, WARM_UP } from './samples.ts';
import { tenth } from './stats.ts';

/** Pause before each measurement: the pool has refilled and nothing else is at work. */
const BETWEEN_MILLISECONDS = 2000;
/** How often it is looked whether a sandbox is warm, milliseconds. */
const POLL_MILLISECONDS = 50;
/** Milliseconds within which a sandbox is warm and a program prints; an image is there already. */
const PATIENCE_MILLISECONDS = 60_000;
/** What is aimed at on 2 cores. */
const CLAIM_MILLISECONDS = 60;
const TIMES_QUICKER = 8;

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

export interface SandboxPlace {
  readonly socketPath: string;
  readonly cacheFolder: string;
  readonly runtime: string;
  readonly languageFolder: string;
}

/** Milliseconds from the claim to the program's first output. */
async function fromClaim(sandboxes: SandboxService, language: MeasuredLanguage, run: number): Promise<number> {
  const name = language.manifest.fileName;
  const { text, marker } = language.program(run);
  const start = performance.now();
  const sandbox = await sandboxes.claim(language.id);
  try {
    const printed = new Promise<number>((done, fail) => {
      let output = '';
      sandbox.listen((event) => {
        if (event.kind !== 'output') return;
        output += Buffer.from(event.bytes).toString('latin1');
        if (output.includes(marker)) done(performance.now() - start);
      });
      const late = () => fail(new Error(`${language.id} did not print ${marker}: ${output.slice(-500)}`));
      setTimeout(late, PATIENCE_MILLISECONDS).unref();
    });
    await sandbox.start({ files: [{ name, text }], entry: name, columns: 80, rows: 24 });
    return await printed;
  } finally {
    await sandbox.release();
  }
}

/** A sandbox is ready, and what made it so has come to rest. */
async function settle(service: SandboxService, language: MeasuredLanguage): Promise<void> {
  const start = performance.now();
  await pause(BETWEEN_MILLISECONDS);
  while ((service.health().warm[language.id] ?? 0) === 0) {
    if (performance.now() - start > PATIENCE_MILLISECONDS) {
      throw new Error(`no warm sandbox of ${language.id}: ${service.health().reasons.join(' ')}`);
    }
    await pause(POLL_MILLISECONDS);
  }
}

interface Series {
  readonly language: MeasuredLanguage;
  /** Its interpreter alone, where it has one that runs the program. */
  bare: readonly string[] | undefined;
  readonly samples: { readonly claim: number[]; readonly boot: number[]; readonly bare: number[] };
}

/** One turn of a language: claim, cold by the boot program, cold by the bare interpreter. */
async function turn(service: SandboxService, place: ColdPlace, series: Series, run: number): Promise<void> {
  const { language, samples } = series;
  await settle(service, language);
  samples.claim.push(await fromClaim(service, language, run));
  await settle(service, language);
  samples.boot.push(await coldBoot(place, language, language.program(run)));
  if (!series.bare) return;
  await settle(service, language);
  samples.bare.push(await coldBare(place, language, series.bare, language.program(run)));
}

/** Whether a language's interpreter, given the program as a file, prints what it should. */
async function tryBare(place: ColdPlace, language: MeasuredLanguage): Promise<readonly string[] | undefined> {
  const command = bareCommand(language);
  if (!command) return undefined;
  try {
    await coldBare(place, language, command, language.program(0));
    return command;
  } catch (error) {
    console.log(`${language.id}: no bare interpreter to compare with: ${String(error)}`);
    return undefined;
  }
}

function tell(report: Report, { language, samples }: Series): void {
  const { id } = language;
  const claim = report.sample(`claim → first output, ${id}`, 'ms', samples.claim, {
    aim: { most: CLAIM_MILLISECONDS },
    raw: { program: language.program(0).text },
  });
  const boot = report.sample(`cold start → first output, ${id}, by its boot program`, 'ms', samples.boot);
  const colds = [boot];
  if (samples.bare.length > 0) {
    colds.push(report.sample(`cold start → first output, ${id}, bare interpreter`, 'ms', samples.bare));
  }
  report.add({
    what: `cold ÷ claim, ${id}, medians, the quicker kind of cold start`,
    value: tenth(Math.min(...colds) / claim),
    unit: 'times',
    aim: { least: TIMES_QUICKER },
    raw: { claim, colds },
  });
}

/**
 * Measures every language, all of them by turns.
 * @param undo gets what has to be undone if we are ended meanwhile
 */
export async function sandboxes(
  report: Report,
  languages: readonly MeasuredLanguage[],
  { turns }: Samples,
  place: SandboxPlace,
  undo: (() => Promise<unknown>)[],
): Promise<void> {
  const instance = `bench-${randomUUID()}`;
  const service = createSandboxes({
    ...place,
    instance,
    languageFolders: [place.languageFolder],
    log: pino({ level: 'error' }),
  });
  const cold: ColdPlace = {
    docker: new Docker({ socketPath: place.socketPath }),
    runtime: place.runtime,
    labels: { [INSTANCE_LABEL]: instance, [OWNER_LABEL]: ownerText(ownerOf()) },
  };
  const end = async () => {
    await service.close();
    const label = [`${INSTANCE_LABEL}=${instance}`];
    const left = await cold.docker.listContainers({ all: true, filters: { label } });
    await Promise.allSettled(left.map(({ Id }) => cold.docker.getContainer(Id).remove({ force: true })));
  };
  undo.push(end);
  await service.start();
  try {
    const all: Series[] = [];
    for (const language of languages) {
      const samples = { claim: [], boot: [], bare: [] };
      all.push({ language, bare: await tryBare(cold, language), samples });
    }
    for (let run = -WARM_UP; run < turns; run++) {
      for (const series of all) {
        // A turn that is not counted has a series of its own.
        const counted = run >= 0 ? series : { ...series, samples: { claim: [], boot: [], bare: [] } };
        await turn(service, cold, counted, WARM_UP + run);
      }
    }
    for (const series of all) tell(report, series);
  } finally {
    await end();
    undo.splice(undo.indexOf(end), 1);
  }
}
