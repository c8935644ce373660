/** One `npm start`: set-up, the processes, the wait until they are healthy, and their end in order. */
import { resolve } from 'node:path';
import type { Health } from '@codeconnected/core/session/site.ts';
import { bold, green, red, SetupError, step } from '../../../../scripts/lib/progress.mjs';
import { isLoopback, readSettings } from '../config/read.ts';
import { prepareData } from '../setup/data.ts';
import { daemonPackages, ensureDebianPackages, IMAGE_PACKAGES } from '../setup/debian.ts';
import { chooseDocker } from '../setup/docker.ts';
import { ensureReadable } from '../setup/readable.ts';
import { ensureWebBuild } from '../setup/web-build.ts';
import { type SupervisedChild, superviseChild } from './child.ts';
import { askHealth } from './health.ts';
import { networkAdvice } from './network-advice.ts';
import { holdData } from './one-at-a-time.ts';
import { leaveWithParent } from './parent.ts';
import { loopbackOf, publicOrigin, runnerPlan, webPlan } from './plans.ts';
import { requirePort } from './port.ts';
import { reapContainers } from './reap.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
/** How often health is asked for while starting, milliseconds. */
const HEALTH_MILLISECONDS = 100;
/** Preparing that has shown no change for so long is not waited for, milliseconds; a slow mirror takes minutes a step. */
const STUCK_MILLISECONDS = 5 * 60_000;
/** How often it is looked whether a private Docker daemon still answers, milliseconds. */
const DAEMON_MILLISECONDS = 5000;
/** Exit code after Ctrl-C, as shells count it. */
const INTERRUPTED = 130;

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
  const ending = new Ending();
  const placed = {
    ...settings,
    DATA_DIR: resolve(ROOT, settings.DATA_DIR),
    CACHE_DIR: resolve(ROOT, settings.CACHE_DIR),
  };
  try {
    // Asked to end meanwhile, it stops after the step it is in, so that nothing half begun is forgotten.
    await start(parts, placed, env, ending);
    await ending.asked;
  } catch (error) {
    if (!ending.wasAsked) {
      await ending.undo();
      throw error;
    }
  }
  await ending.undo();
  say('Stopped. Nothing is left running.');
  return ending.code;
}

function say(message: string): void {
  process.stdout.write(`${message}\n`);
}

/** What was begun, undone in reverse order, once; and the wish to end. */
class Ending {
  readonly asked: Promise<void>;
  wasAsked = false;
  code = 0;
  readonly #undo: (() => Promise<void> | void)[] = [];

  constructor() {
    this.asked = new Promise((done) => {
      const ask = (code: number) => () => {
        if (this.wasAsked) return;
        this.code = code;
        this.wasAsked = true;
        say('\nStopping…');
        done();
      };
      process.on('SIGINT', ask(INTERRUPTED));
      process.on('SIGTERM', ask(0));
      process.on('SIGHUP', ask(0));
      leaveWithParent(ask(1));
    });
  }

  add(undo: () => Promise<void> | void): void {
    this.#undo.push(undo);
  }

  async undo(): Promise<void> {
    for (let undo = this.#undo.pop(); undo; undo = this.#undo.pop()) {
      try {
        await undo();
      } catch (error) {
        say(red(error instanceof Error ? error.message : String(error)));
      }
    }
  }
}

type Settings = ReturnType<typeof readSettings>['settings'];

async function start(
  parts: readonly Part[],
  settings: Settings,
  env: NodeJS.ProcessEnv,
  ending: Ending,
): Promise<void> {
  const data = prepareData(settings.DATA_DIR, settings.LINK_TOKEN_FILE || undefined);
  const held = await holdData(data.runner, settings.DATA_DIR);
  ending.add(() => held.release());
  const children: SupervisedChild[] = [];
  const launch = (child: SupervisedChild) => {
    if (ending.wasAsked) return;
    children.push(child);
    ending.add(() => child.stop());
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
      const watch = setInterval(() => {
        docker.revive().catch((error: unknown) => say(red(String(error))));
      }, DAEMON_MILLISECONDS);
      ending.add(() => clearInterval(watch));
    }
    ending.add(() => reapContainers(docker.socket, data.instance));
    launch(superviseChild(runnerPlan(ROOT, settings, data, docker, env, held.fd), { say }));
  }
  if (parts.includes('web')) launch(superviseChild(webPlan(ROOT, settings, data, env, held.fd), { say }));
  await announce(parts, settings, unsandboxed, ending);
}

async function announce(
  parts: readonly Part[],
  settings: Settings,
  unsandboxed: boolean,
  ending: Ending,
): Promise<void> {
  const warning = () => {
    if (unsandboxed)
      say(red('ALLOW_UNSANDBOXED=1: people’s programs run in plain runc, without gVisor. Not for others.'));
  };
  if (!parts.includes('web')) {
    warning();
    say(`${green('The runner is started')} and dials ${bold(settings.CONTROL_URL ?? '')}. Ctrl-C stops it.`);
    return;
  }
  const origin = `http://${loopbackOf(settings.HOST)}:${settings.PORT}`;
  const host = new URL(publicOrigin(settings)).host;
  const health = () => askHealth(origin, host);
  await step('waiting for the pages', async () => {
    while (!ending.wasAsked && !(await health())) await pause(HEALTH_MILLISECONDS);
  });
  if (ending.wasAsked) return;
  say(`\n  Open ${bold(publicOrigin(settings))}\n`);
  warning();
  for (const line of networkAdvice(settings)) say(line);
  if (!isLoopback(settings.HOST) && !settings.PUBLIC_URL) {
    say(red(`HOST=${settings.HOST} opens it to the network without PUBLIC_URL: say at which address people reach it.`));
  }
  if (parts.includes('runner')) await waitForLanguages(health, ending);
}

/** Waits until every language has a warm sandbox, or until nothing seems to move any more. */
async function waitForLanguages(health: () => Promise<Health | undefined>, ending: Ending): Promise<void> {
  let last = '';
  let movedAt = performance.now();
  const ready = await step('preparing the languages', async (report) => {
    for (;;) {
      const now = await health();
      if (ending.wasAsked || now?.ready) return true;
      const reasons = now?.reasons ?? ['the pages do not answer'];
      const text = (reasons.some(isProgress) ? reasons.filter(isProgress) : reasons).join(' ');
      if (text !== last) movedAt = performance.now();
      last = text;
      report(text);
      if (performance.now() - movedAt > STUCK_MILLISECONDS) return false;
      await pause(HEALTH_MILLISECONDS);
    }
  });
  if (ending.wasAsked) return;
  if (ready) say(`${green('Everything is ready.')} Ctrl-C stops all of it.`);
  else say(`${red(`Not everything is ready: ${last}`)} It goes on trying; Ctrl-C stops all of it.`);
}

/** A reason that says how far something is. */
function isProgress(reason: string): boolean {
  return /\d %/.test(reason);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
