/** One `npm start`: set-up, the processes, the wait until they are healthy, and their end in order. */
import { resolve } from 'node:path';
import type { Health } from '@codeconnected/core/session/site.ts';
import { bold, green, red, SetupError, step } from '../../../../scripts/lib/progress.mjs';
import { checkLanguages } from '../config/languages.ts';
import { isLoopback, readSettings } from '../config/read.ts';
import { prepareData } from '../setup/data.ts';
import { daemonPackages, ensureDebianPackages, IMAGE_PACKAGES } from '../setup/debian.ts';
import { chooseDocker } from '../setup/docker.ts';
import { ensureReadable } from '../setup/readable.ts';
import { ensureWebBuild } from '../setup/web-build.ts';
import { type SupervisedChild, superviseChild } from './child.ts';
import { loopbackOf, publicOrigin } from './configs.ts';
import { Ending } from './ending.ts';
import { askHealth } from './health.ts';
import { networkAdvice } from './network-advice.ts';
import { holdData } from './one-at-a-time.ts';
import { runnerPlan, webPlan } from './plans.ts';
import { requirePort } from './port.ts';
import { readiness } from './readiness.ts';
import { reapContainers } from './reap.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
/** How often health is asked for while starting, milliseconds. */
const HEALTH_MILLISECONDS = 100;
/** Preparing that has shown no change for so long is not waited for, milliseconds; a slow mirror takes minutes a step. */
const STUCK_MILLISECONDS = 5 * 60_000;
/** How often it is looked whether a private Docker daemon still answers, milliseconds. */
const DAEMON_MILLISECONDS = 5000;
/** Time for the web process to answer, milliseconds: it reads its store first, on a disk that may be slow. */
const PAGES_MILLISECONDS = 2 * 60_000;
/** Deaths in a row after which a web process that has never answered is not tried again. */
const START_DEATHS = 4;

type Part = 'web' | 'runner';

function partsOf(args: readonly string[]): readonly Part[] {
  if (args.length === 0) return ['web', 'runner'];
  const [part, ...rest] = args;
  if (rest.length === 0 && (part === 'web' || part === 'runner')) return [part];
  throw new SetupError(`"${args.join(' ')}" is not understood`, [
    'npm start: everything on this machine',
    'npm start -- web: only pages, relay and store',
    'npm start -- runner: only the runner; CONTROL_URL says where the web process is',
  ]);
}

/** @returns the exit code, after everything has ended */
export async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const parts = partsOf(args);
  const { settings, warnings } = readSettings(env);
  for (const warning of warnings) say(`note: ${warning}`);
  if (parts.length === 1 && parts[0] === 'runner' && !settings.CONTROL_URL) {
    throw new SetupError('CONTROL_URL is not set', [
      'say where the web process is: CONTROL_URL=https://code.example.org',
    ]);
  }
  const languages = parts.includes('runner') ? await checkLanguages(ROOT, settings) : [];
  const ending = new Ending(say);
  ending.listen();
  const placed = {
    ...settings,
    DATA_DIR: resolve(ROOT, settings.DATA_DIR),
    CACHE_DIR: resolve(ROOT, settings.CACHE_DIR),
  };
  try {
    // Asked to end meanwhile, it stops after the step it is in, so that nothing half begun is forgotten.
    const names = languages.map(({ manifest }) => manifest.name);
    await start(parts, placed, env, ending, names);
    await ending.asked;
  } catch (error) {
    if (!ending.wasAsked) {
      await ending.undo();
      throw error;
    }
  }
  if (await ending.undo()) {
    say('Stopped. Nothing is left running.');
    return ending.code;
  }
  say(red('Stopped, but not everything ended in order: it stands above. The next start clears what is left.'));
  return 1;
}

function say(message: string): void {
  process.stdout.write(`${message}\n`);
}

type Settings = ReturnType<typeof readSettings>['settings'];

async function start(
  parts: readonly Part[],
  settings: Settings,
  env: NodeJS.ProcessEnv,
  ending: Ending,
  languages: readonly string[],
): Promise<void> {
  const data = prepareData(settings.DATA_DIR, settings.LINK_TOKEN_FILE || undefined);
  const held = await holdData(data.runner, settings.DATA_DIR);
  ending.add(() => held.release());
  const launch = (child: SupervisedChild) => {
    if (ending.wasAsked) return;
    ending.add(() => stop(child));
    child.start();
  };

  if (parts.includes('web')) {
    await requirePort(settings.HOST, settings.PORT);
    await ensureWebBuild(ROOT);
    await ensureReadable(ROOT);
    if (ending.wasAsked) return;
  }
  let unsandboxed = false;
  if (parts.includes('runner')) {
    await ensureDebianPackages(IMAGE_PACKAGES);
    const docker = await chooseDocker({
      cacheDir: settings.CACHE_DIR,
      kind: settings.DOCKER,
      allowUnsandboxed: settings.ALLOW_UNSANDBOXED,
      dockerHost: env.DOCKER_HOST,
      install: () => ensureDebianPackages(daemonPackages()),
    });
    ending.add(() => docker.release());
    if (ending.wasAsked) return;
    unsandboxed = docker.unsandboxed;
    if (docker.private) {
      let reviving = false;
      const watch = setInterval(async () => {
        // A start takes longer than the time between two looks.
        if (reviving) return;
        reviving = true;
        await docker.revive().catch((error: unknown) => say(red(String(error))));
        reviving = false;
      }, DAEMON_MILLISECONDS);
      ending.add(() => clearInterval(watch));
    }
    ending.add(() => step('removing what is left of sandboxes', () => reapContainers(docker.socket, data.instance)));
    launch(superviseChild(runnerPlan(ROOT, settings, data, docker, env, held.fd), { say }));
  }
  if (!parts.includes('web')) {
    warn(unsandboxed);
    say(`${green('The runner is started')} and dials ${bold(settings.CONTROL_URL ?? '')}. Ctrl-C stops it.`);
    return;
  }
  const web = superviseChild(webPlan(ROOT, settings, data, env, held.fd), { say });
  launch(web);
  const origin = `http://${loopbackOf(settings.HOST)}:${settings.PORT}`;
  const health = () => askHealth(origin, new URL(publicOrigin(settings)).host);
  await waitForPages(web, origin, health, ending);
  if (ending.wasAsked) return;
  announce(settings);
  warn(unsandboxed);
  if (parts.includes('runner')) await waitForLanguages(health, ending, languages);
}

/** @throws where the child had to be killed */
function stop(child: SupervisedChild): Promise<void> {
  return step(`stopping the ${child.name} process`, async () => {
    if (!(await child.stop())) throw new Error(`the ${child.name} process had to be killed`);
  });
}

function warn(unsandboxed: boolean): void {
  if (unsandboxed) {
    say(red('ALLOW_UNSANDBOXED=1: people’s programs run in plain runc, without gVisor. Not for others.'));
  }
}

/** @throws SetupError where the web process cannot start */
async function waitForPages(
  web: SupervisedChild,
  origin: string,
  health: () => Promise<Health | undefined>,
  ending: Ending,
): Promise<void> {
  await step('waiting for the pages', async () => {
    const start = performance.now();
    while (!ending.wasAsked && !(await health())) {
      if (web.deaths.length >= START_DEATHS) {
        throw new SetupError(
          `the web process does not start: it ended ${web.deaths.length} times`,
          ['read what it wrote above'],
          [...new Set(web.deaths)],
        );
      }
      if (performance.now() - start > PAGES_MILLISECONDS) {
        throw new SetupError(`the web process runs, but does not answer at ${origin}`, [
          'look at what it does: LOG_LEVEL=debug npm start',
        ]);
      }
      await pause(HEALTH_MILLISECONDS);
    }
  });
}

function announce(settings: Settings): void {
  say(`\n  Open ${bold(publicOrigin(settings))}\n`);
  for (const line of networkAdvice(settings)) say(line);
  if (!isLoopback(settings.HOST) && !settings.PUBLIC_URL) {
    say(red(`HOST=${settings.HOST} opens it to the network without PUBLIC_URL: say at which address people reach it.`));
  }
}

/** Waits until every language that can be built works, or until nothing seems to move any more. */
async function waitForLanguages(
  health: () => Promise<Health | undefined>,
  ending: Ending,
  languages: readonly string[],
): Promise<void> {
  let last = '';
  let movedAt = performance.now();
  let reasons: readonly string[] = [];
  const ready = await step('preparing the languages', async (report) => {
    for (;;) {
      const now = await health();
      reasons = now?.reasons ?? ['The pages do not answer.'];
      if (ending.wasAsked || now?.ready) return true;
      const text = (reasons.some(isProgress) ? reasons.filter(isProgress) : reasons).join(' ');
      if (text !== last) movedAt = performance.now();
      last = text;
      report(text);
      if (performance.now() - movedAt > STUCK_MILLISECONDS) return false;
      await pause(HEALTH_MILLISECONDS);
    }
  });
  if (ending.wasAsked) return;
  for (const line of readiness(ready, reasons, languages)) say(line);
}

/** A reason that says how far something is. */
function isProgress(reason: string): boolean {
  return /\d %/.test(reason);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
