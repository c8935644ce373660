/**
 * A Docker daemon of our own, shared by every clone on the machine: started by the first who needs it, stopped by the
 * last who leaves.
 *
 * Who uses it holds a shared lock on `users.lock`, which the kernel drops when the holder dies however it dies; so
 * nobody has to be counted, and a daemon whose users were killed is simply found and used again. Starting and
 * stopping happen under the exclusive `daemon.lock`.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lock, lock } from '../../../../scripts/lib/lock.mjs';
import { SetupError, step } from '../../../../scripts/lib/progress.mjs';
import { daemonInfo } from './engine.ts';
import { clearLeftovers, isProcessOf, stopProcess } from './leftovers.ts';
import { chooseDaemonPlatform } from './platform.ts';
import { programPath } from './programs.ts';

/** Time for the daemon to answer after its start, milliseconds: a slow disk after a crash. */
const START_MILLISECONDS = 60_000;
/** Time for it to end, milliseconds; then it is killed and what it left is cleared. */
const STOP_MILLISECONDS = 20_000;
const POLL_MILLISECONDS = 50;
/** Hexadecimal digits of a hash that tell one folder's daemon from another's. */
const NAME_DIGITS = 12;

/** Where everything of one daemon lies. */
export function daemonPaths(folder: string) {
  return {
    folder,
    root: join(folder, 'root'),
    exec: join(folder, 'exec'),
    socket: join(folder, 'docker.sock'),
    pid: join(folder, 'docker.pid'),
    config: join(folder, 'daemon.json'),
    log: join(folder, 'dockerd.log'),
    users: join(folder, 'users.lock'),
    guard: join(folder, 'daemon.lock'),
    /** Its part of a containerd: the machine's own is used where one runs, and other daemons use that as well. */
    namespace: `codeconnected-${createHash('sha256').update(folder).digest('hex').slice(0, NAME_DIGITS)}`,
  };
}
type DaemonPaths = ReturnType<typeof daemonPaths>;

export interface JoinedDaemon {
  readonly socket: string;
  /** Starts it again if it died; for the supervisor's watch. */
  revive(): Promise<void>;
  /** Stops it if nobody else uses it. */
  leave(): Promise<void>;
}

/** What `daemon.json` says: no network, folders of its own, gVisor as a runtime. */
export function daemonConfig(paths: DaemonPaths, platform: string): string {
  return `${JSON.stringify(
    {
      'data-root': paths.root,
      'exec-root': paths.exec,
      pidfile: paths.pid,
      hosts: [`unix://${paths.socket}`],
      iptables: false,
      ip6tables: false,
      bridge: 'none',
      'live-restore': false,
      'log-level': 'warn',
      runtimes: { runsc: { path: '/usr/bin/runsc', runtimeArgs: [`--platform=${platform}`, '--network=none'] } },
    },
    null,
    2,
  )}\n`;
}

/**
 * Uses the daemon in a folder, starting it where it does not run.
 * @param install brings dockerd and runsc; called only before a start
 */
export async function joinDaemon(folder: string, install: () => Promise<void>): Promise<JoinedDaemon> {
  const paths = daemonPaths(folder);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const guard = await guarded(paths);
  let user: Lock | undefined;
  try {
    user = await lock(paths.users, { shared: true });
    if (!(isRunning(paths) && (await answers(paths)))) {
      await install();
      await startDaemon(paths);
    }
  } catch (error) {
    user?.release();
    throw error;
  } finally {
    guard.release();
  }
  const joined = user;
  let left = false;
  return {
    socket: paths.socket,
    async revive() {
      const held = await lock(paths.guard);
      try {
        // One that lives but is slow to answer is left alone: a start would end its containers.
        if (!left && !isRunning(paths)) await startDaemon(paths);
      } finally {
        held.release();
      }
    },
    async leave() {
      // Whoever waits to start it again is too late.
      left = true;
      const held = await guarded(paths);
      try {
        joined.release();
        const alone = await lock(paths.users, { wait: false });
        if (!alone) return;
        try {
          await stopDaemon(paths);
        } finally {
          alone.release();
        }
      } finally {
        held.release();
      }
    },
  };
}

/** The right to start and stop the daemon. */
function guarded(paths: DaemonPaths): Promise<Lock> {
  return lock(paths.guard, {
    waiting: () =>
      process.stdout.write('… another command starts or stops the private Docker daemon, waiting for it\n'),
  });
}

/** Whether the process that the pid file names is this folder's daemon. */
function isRunning(paths: DaemonPaths): boolean {
  return existsSync(paths.pid) && isProcessOf(Number(readFileSync(paths.pid, 'utf8')), paths.config);
}

/** Waits for a daemon that was started before to answer. */
function answers(paths: DaemonPaths): Promise<boolean> {
  return step('waiting for the private Docker daemon to answer', async () => {
    const start = performance.now();
    while (isRunning(paths) && performance.now() - start < START_MILLISECONDS) {
      if (await daemonInfo(paths.socket)) return true;
      await pause(POLL_MILLISECONDS);
    }
    return false;
  });
}

async function startDaemon(paths: DaemonPaths): Promise<void> {
  await step('starting a private Docker daemon', async (report) => {
    report('clearing what an earlier one left');
    await clearLeftovers(paths);
    for (const path of [paths.root, paths.exec]) mkdirSync(path, { recursive: true, mode: 0o711 });
    report('choosing how gVisor intercepts system calls');
    writeFileSync(paths.config, daemonConfig(paths, await chooseDaemonPlatform()));
    report('waiting for it to answer');
    const log = openSync(paths.log, 'w', 0o600);
    // Named on the command line: Docker does not read both of the namespaces from its file.
    const namespaces = ['--containerd-namespace', paths.namespace];
    namespaces.push('--containerd-plugins-namespace', `${paths.namespace}-plugins`);
    const dockerd = spawn('dockerd', ['--config-file', paths.config, ...namespaces], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, PATH: programPath(), DOCKER_HOST: '', NODE_CHANNEL_FD: '' },
    });
    closeSync(log);
    let ended: string | undefined;
    dockerd.once('error', (error) => {
      ended = error.message;
    });
    dockerd.once('exit', (code, signal) => {
      ended = `it ended with ${signal ?? `exit code ${code}`}`;
    });
    dockerd.unref();
    const start = performance.now();
    while (!(await daemonInfo(paths.socket))) {
      if (!ended && performance.now() - start > START_MILLISECONDS) ended = 'it does not answer';
      if (ended) {
        const said = lastLines(paths.log);
        report('ending it');
        if (dockerd.pid !== undefined) await stopProcess(dockerd.pid, STOP_MILLISECONDS);
        await clearLeftovers(paths);
        throw new SetupError(
          `the private Docker daemon did not start: ${ended}`,
          [`read ${paths.log}`, 'check that control groups are mounted and that overlay file systems work here'],
          said,
        );
      }
      await pause(POLL_MILLISECONDS);
    }
    // Only root speaks to it, whatever groups the machine has.
    chmodSync(paths.socket, 0o600);
  });
}

async function stopDaemon(paths: DaemonPaths): Promise<void> {
  await step('stopping the private Docker daemon', async () => {
    if (isRunning(paths)) await stopProcess(Number(readFileSync(paths.pid, 'utf8')), STOP_MILLISECONDS);
    await clearLeftovers(paths);
    rmSync(paths.socket, { force: true });
  });
}

function lastLines(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n').slice(-12) : [];
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
