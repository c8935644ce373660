/** What the two processes are started with. */
import { resolve } from 'node:path';
import type { Settings } from '../config/options.ts';
import type { DataPlaces } from '../setup/data.ts';
import type { DockerChoice } from '../setup/docker.ts';
import type { ChildPlan } from './child.ts';
import { runnerConfig, webConfig } from './configs.ts';
import { needsPrivilege } from './port.ts';
import { webRoom } from './web-room.ts';

/** Variables of the operator that both processes may see; everything else may hold secrets. */
const PASSED = /^(?:LANG|LC_ALL|TZ|NODE_EXTRA_CA_CERTS|NO_COLOR)$/;
/** What the runner sees besides, which fetches images: the way to the network and npm's settings, secrets in them. */
const FETCHING = /^(?:(?:https?|all|no)_proxy|npm_config_.*)$/i;
/** Where scripts/lib/enter.mjs lets root's processes keep their compiled code. */
const COMPILED = 'node_modules/.cache/codeconnected';
/** Where a system's programs are. */
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Folders that npm puts in front of the path: a package's program must not stand in for the system's. */
const PACKAGE_PROGRAMS = /\/node_modules\/\.bin\/?$|\/node-gyp-bin\/?$/;

function passed(from: NodeJS.ProcessEnv, ...names: readonly RegExp[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.some((each) => each.test(name))));
}

/** What the web process sees of the operator's variables. */
export function webEnvironment(from: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...passed(from, PASSED), PATH: SYSTEM_PATH, NODE_ENV: 'production', HOME: '/nonexistent' };
}

/** What the runner sees of them. It is root, and runs the npm that the operator ran: that may lie anywhere. */
export function runnerEnvironment(from: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = (from.PATH ?? '').split(':').filter((folder) => folder.startsWith('/') && !PACKAGE_PROGRAMS.test(folder));
  return {
    ...passed(from, PASSED, FETCHING),
    PATH: [...own, SYSTEM_PATH].join(':'),
    NODE_ENV: 'production',
    HOME: '/root',
  };
}

/** The web process: pages, relay, store. */
export function webPlan(
  root: string,
  settings: Settings,
  data: DataPlaces,
  env: NodeJS.ProcessEnv,
  holds: number,
): ChildPlan {
  const room = webRoom(root, data.folder, needsPrivilege(settings.PORT));
  const inside = (path: string) => path.replace(data.folder, room.data);
  const config = webConfig(settings, {
    dataDir: inside(data.web),
    webBuild: `${room.app}/packages/web/build`,
    guestKeyFile: inside(data.guestKey),
    linkTokenFile: inside(data.linkToken),
  });
  return {
    name: 'web',
    file: room.file,
    args: [...room.args, `${room.app}/node_modules/.bin/node`, 'packages/standalone/src/web/main.ts'],
    cwd: '/',
    env: {
      ...webEnvironment(env),
      NODE_COMPILE_CACHE: inside(data.compiled),
      CODECONNECTED_WEB: JSON.stringify(config),
    },
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
  return {
    name: 'runner',
    file: 'setpriv',
    args: ['--pdeathsig=TERM', process.execPath, 'packages/runner/src/main.ts'],
    cwd: root,
    env: {
      ...runnerEnvironment(env),
      NODE_COMPILE_CACHE: resolve(root, COMPILED),
      CODECONNECTED_RUNNER: JSON.stringify(runnerConfig(root, settings, data, docker)),
    },
    holds,
  };
}
