/**
 * Memory of the product at rest and of its idle sandboxes, in decimal megabytes. A process weighs what it has for
 * itself and its share of what several have (proportional set size). A sandbox weighs what its control group is
 * charged, since gVisor's processes in it have one memory several times; its shim is a process outside.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { imageName } from '@codeconnected/runner/image/builder.ts';
import { INSTANCE_LABEL } from '@codeconnected/runner/sandbox/reap.ts';
import Docker from 'dockerode';
import { descendants, type Product } from '../../e2e/src/product.ts';
import type { MeasuredLanguage } from './languages.ts';
import type { Report } from './report.ts';
import type { Samples } from './samples.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** Between two readings, milliseconds. */
const BETWEEN_MILLISECONDS = 5_000;
/** What web, runner and Docker may take together, MB. */
const REST_MEGABYTES = 450;
const BYTES_OF_KB = 1024;
const DAEMON = /^\S*(dockerd|containerd)( |$)/;

interface Weighed {
  readonly pid: number;
  readonly command: string;
  readonly bytes: number;
  /** Of those, pages of files: programs and libraries, which other processes may share. */
  readonly fileBytes: number;
}

/** Weighs one process; undefined where it is gone. */
function weigh(pid: number): Weighed | undefined {
  try {
    // Where the clone lies is nobody's business who reads the results.
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .replaceAll('\0', ' ')
      .replaceAll(ROOT, '<clone>')
      .trim();
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const bytes = (field: string) =>
      Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) * BYTES_OF_KB;
    return { pid, command: command.slice(0, 120), bytes: bytes('Pss'), fileBytes: bytes('Pss_File') };
  } catch {
    return undefined;
  }
}

function weighAll(pids: readonly number[]): Weighed[] {
  return pids.map(weigh).filter((each) => each !== undefined);
}

const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;
const sum = (some: readonly Weighed[]) => some.reduce((total, { bytes }) => total + bytes, 0);

function commands(): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [{ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ') }];
      } catch {
        return [];
      }
    });
}

/** The daemon that is used: one of our own is known by its folder; of a machine's own there is one. */
function daemonPids(socketPath: string, cacheFolder: string): number[] {
  const folder = join(cacheFolder, 'docker');
  const ours = socketPath.startsWith(`${folder}/`);
  return commands()
    .filter(({ command }) => DAEMON.test(command) && (!ours || command.includes(folder)))
    .map(({ pid }) => pid);
}

/** The process of containerd's that holds one container. */
function shimPids(id: string): number[] {
  return commands()
    .filter(({ command }) => command.includes('containerd-shim') && command.includes(id))
    .map(({ pid }) => pid);
}

interface Sandbox {
  readonly id: string;
  readonly image: string;
  readonly cgroupBytes: number;
  readonly shim: readonly Weighed[];
}

interface Reading {
  /** npm, its shell, start.mjs, the supervisor, web, runner. */
  readonly tree: readonly Weighed[];
  readonly docker: readonly Weighed[];
  readonly sandboxes: readonly Sandbox[];
  /**
   * Pages of programs that our own processes have a share in. Without us that share would be the product's: it is
   * counted as if it were.
   */
  readonly measuring: readonly Weighed[];
}

async function read(product: Product, place: MemoryPlace): Promise<Reading> {
  const docker = new Docker({ socketPath: place.socketPath });
  const instance = readFileSync(join(product.dataDir, 'runner/instance'), 'utf8').trim();
  const label = [`${INSTANCE_LABEL}=${instance}`];
  const containers = await docker.listContainers({ filters: { label } });
  const tree = weighAll([product.root, ...descendants(product.root)]);
  const daemon = weighAll(daemonPids(place.socketPath, place.cacheFolder));
  const sandboxes = await Promise.all(
    containers.map(async ({ Id, Image }) => ({
      id: Id.slice(0, 12),
      image: Image,
      cgroupBytes: (await docker.getContainer(Id).stats({ stream: false, 'one-shot': true })).memory_stats.usage,
      shim: weighAll(shimPids(Id)),
    })),
  );
  const above = [process.pid, process.ppid];
  return { tree, docker: daemon, sandboxes, measuring: weighAll(above) };
}

const ofProcess = (reading: Reading, pids: readonly number[]) =>
  sum(reading.tree.filter((each) => pids.includes(each.pid)));
const shared = (reading: Reading) => reading.measuring.reduce((total, { fileBytes }) => total + fileBytes, 0);

export interface MemoryPlace {
  readonly socketPath: string;
  readonly cacheFolder: string;
}

/** Weighs web, runner and Docker together, all that `npm start` keeps alive, and an idle sandbox. */
export async function memory(
  report: Report,
  product: Product,
  samples: Samples,
  languages: readonly MeasuredLanguage[],
  place: MemoryPlace,
): Promise<void> {
  await new Promise((done) => setTimeout(done, samples.restMilliseconds));
  const readings: Reading[] = [];
  while (readings.length < samples.readings) {
    if (readings.length > 0) await new Promise((done) => setTimeout(done, BETWEEN_MILLISECONDS));
    readings.push(await read(product, place));
  }
  const [web, runner] = [product.pids('web'), product.pids('runner')];
  const sample = (of: (reading: Reading) => number) => readings.map((reading) => megabytes(of(reading)));
  for (const [what, pids] of [
    ['web process', web],
    ['runner', runner],
  ] as const) {
    report.sample(
      `memory at rest: ${what}`,
      'MB',
      sample((reading) => ofProcess(reading, pids)),
    );
  }
  report.sample(
    'memory at rest: Docker (dockerd and containerd)',
    'MB',
    sample(({ docker }) => sum(docker)),
  );
  const core = (reading: Reading) => ofProcess(reading, [...web, ...runner]) + sum(reading.docker) + shared(reading);
  report.sample('memory at rest: web, runner and Docker together', 'MB', sample(core), {
    aim: { most: REST_MEGABYTES },
    raw: { readings },
  });
  const whole = (reading: Reading) => sum(reading.tree) + sum(reading.docker) + shared(reading);
  report.sample('memory at rest: all that npm start keeps alive, with Docker', 'MB', sample(whole));

  for (const language of languages) {
    const image = imageName(language);
    const idle = readings.flatMap(({ sandboxes }) => sandboxes.filter((each) => each.image === image));
    const each = idle.map(({ cgroupBytes, shim }) => megabytes(cgroupBytes + sum(shim)));
    report.sample(`memory of one idle sandbox with its shim, ${language.id}`, 'MB', each, { raw: { idle } });
  }
}
