/** What the two processes are started with. */
import { resolve } from 'node:path';
import type { RunnerConfig } from '@codeconnected/runner/config.ts';
import type { Settings } from '../config/options.ts';
import type { DataPlaces } from '../setup/data.ts';
import type { DockerChoice } from '../setup/docker.ts';
import type { WebConfigInput } from '../web/config.ts';
import type { ChildPlan } from './child.ts';
import { webRoom } from './web-room.ts';

/** Variables of the operator that the processes may see; everything else may hold secrets. */
const PASSED = ['LANG', 'LC_ALL', 'TZ', 'NODE_EXTRA_CA_CERTS', 'NO_COLOR'];
/** Where scripts/lib/enter.mjs lets root's processes keep their compiled code. */
const COMPILED = 'node_modules/.cache/codeconnected';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function environment(from: NodeJS.ProcessEnv, more: Record<string, string>): NodeJS.ProcessEnv {
  const passed = PASSED.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]]));
  return { ...Object.fromEntries(passed), PATH, NODE_ENV: 'production', ...more };
}

/** An origin for people: what they type, or what it listens on. */
export function publicOrigin(settings: Settings): string {
  if (settings.PUBLIC_URL) return settings.PUBLIC_URL;
  const host = settings.HOST === '0.0.0.0' || settings.HOST === '::' ? 'localhost' : settings.HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${settings.PORT}`;
}

/** The web process: pages, relay, store. */
export function webPlan(
  root: string,
  settings: Settings,
  data: DataPlaces,
  env: NodeJS.ProcessEnv,
  holds: number,
): ChildPlan {
  const room = webRoom(root, data.folder);
  const inside = (path: string) => path.replace(data.folder, room.data);
  const config: WebConfigInput = {
    host: settings.HOST,
    port: settings.PORT,
    publicUrl: settings.PUBLIC_URL,
    trustProxy: settings.TRUST_PROXY,
    dataDir: inside(data.web),
    webBuild: `${room.app}/packages/web/build`,
    guestKeyFile: inside(data.guestKey),
    linkTokenFile: inside(data.linkToken),
    roomDays: settings.ROOM_DAYS,
    roomsPerHour: settings.ROOMS_PER_HOUR,
    peoplePerRoom: settings.PEOPLE_PER_ROOM,
    documentMiB: settings.DOCUMENT_MIB,
    logLevel: settings.LOG_LEVEL,
  };
  return {
    name: 'web',
    file: room.file,
    args: [...room.args, `${room.app}/node_modules/.bin/node`, 'packages/standalone/src/web/main.ts'],
    cwd: '/',
    env: environment(env, {
      HOME: '/nonexistent',
      NODE_COMPILE_CACHE: inside(data.compiled),
      CODECONNECTED_WEB: JSON.stringify(config),
    }),
    holds,
  };
}

/** The runner: sandboxes and terminals, by way of Docker. */
export function runnerPlan(
  root: string,
  settings: Settings,
  data: Pick<DataPlaces, 'runner' | 'linkToken' | 'instance'>,
  docker: Pick<DockerChoice, 'socket' | 'runtime' | 'unsandboxed'>,
  env: NodeJS.ProcessEnv,
  holds: number,
): ChildPlan {
  const control = settings.CONTROL_URL ?? `http://${loopbackOf(settings.HOST)}:${settings.PORT}`;
  const config: RunnerConfig = {
    controlUrl: control.replace(/^http/, 'ws'),
    tokenFile: data.linkToken,
    dataDir: data.runner,
    instance: data.instance,
    socketPath: docker.socket,
    runtime: docker.runtime,
    allowUnsandboxed: docker.unsandboxed,
    cacheFolder: settings.CACHE_DIR,
    languageFolders: [
      resolve(root, 'languages'),
      ...settings.LANGUAGES_DIR.split(':')
        .filter(Boolean)
        .map((folder) => resolve(root, folder)),
    ],
    warm: settings.WARM_SANDBOXES,
    sandboxesMost: settings.SANDBOXES_MOST,
    pauseSeconds: settings.PAUSE_SECONDS,
    memoryMiB: settings.SANDBOX_MEMORY_MIB || undefined,
    endMinutes: settings.END_MINUTES,
    unwatchedMinutes: settings.UNWATCHED_MINUTES,
    port: 0,
    logLevel: settings.LOG_LEVEL,
  };
  return {
    name: 'runner',
    file: 'setpriv',
    args: ['--pdeathsig=TERM', process.execPath, 'packages/runner/src/main.ts'],
    cwd: root,
    env: environment(env, {
      HOME: '/root',
      NODE_COMPILE_CACHE: resolve(root, COMPILED),
      CODECONNECTED_RUNNER: JSON.stringify(config),
    }),
    holds,
  };
}

/** The address at which this machine reaches its own listener. */
export function loopbackOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
