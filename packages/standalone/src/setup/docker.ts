/** Which Docker daemon runs the sandboxes, and whether it can run them safely. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../../../../scripts/lib/progress.mjs';
import { joinDaemon } from './daemon.ts';
import { type DaemonInfo, daemonInfo } from './engine.ts';

/** The gVisor runtime's name in a daemon's list. */
export const GVISOR_RUNTIME = 'runsc';
/** Plain containers, for ALLOW_UNSANDBOXED only. */
export const PLAIN_RUNTIME = 'runc';
/** Where a machine's own daemon listens. */
const MACHINE_SOCKET = '/var/run/docker.sock';
export interface DockerChoice {
  /** Path of its Unix socket. */
  readonly socket: string;
  readonly runtime: string;
  /** Programs run without gVisor, as the operator allowed. */
  readonly unsandboxed: boolean;
  readonly private: boolean;
  /** Starts a private daemon again if it died. */
  revive(): Promise<void>;
  /** To be called at the end: the last one out stops a private daemon. */
  release(): Promise<void>;
}

/** The path in `unix:///path`. */
function socketOf(dockerHost: string): string {
  if (dockerHost.startsWith('unix:///')) return dockerHost.slice('unix://'.length);
  throw new SetupError(`DOCKER_HOST=${dockerHost}: only a Unix socket of this machine can be used`, [
    'set it to unix:///path/to/docker.sock, or unset it',
  ]);
}

/**
 * Judges a daemon that was there before us.
 * @throws SetupError where it has no gVisor and plain runc was not allowed
 */
export function judgeDaemon(
  socket: string,
  info: DaemonInfo,
  allowUnsandboxed: boolean,
): Pick<DockerChoice, 'runtime' | 'unsandboxed'> {
  if (info.Runtimes && GVISOR_RUNTIME in info.Runtimes) return { runtime: GVISOR_RUNTIME, unsandboxed: false };
  if (allowUnsandboxed) return { runtime: PLAIN_RUNTIME, unsandboxed: true };
  throw new SetupError(`the Docker daemon at ${socket} has no gVisor, and people’s programs run in nothing less`, [
    'let us start a daemon of our own beside it: DOCKER=private npm start',
    'or add gVisor to it: apt-get install runsc (from backports), runsc install -- --network=none, restart Docker',
    'or, for development on your own machine only, run programs unprotected: ALLOW_UNSANDBOXED=1 npm start',
  ]);
}

export interface DockerWishes {
  readonly cacheDir: string;
  readonly kind: 'auto' | 'private';
  readonly allowUnsandboxed: boolean;
  /** The variable DOCKER_HOST. */
  readonly dockerHost: string | undefined;
  /** Installs what a private daemon needs; called only where one is to be started. */
  readonly install: () => Promise<void>;
}

/** Finds a daemon or starts one of our own. */
export async function chooseDocker(wishes: DockerWishes): Promise<DockerChoice> {
  if (wishes.kind === 'auto') {
    if (wishes.dockerHost) {
      const socket = socketOf(wishes.dockerHost);
      const info = await daemonInfo(socket);
      if (!info) {
        throw new SetupError(`no Docker daemon answers at DOCKER_HOST=${wishes.dockerHost}`, [
          'start it, or unset DOCKER_HOST',
        ]);
      }
      return machineDaemon(socket, info, wishes);
    }
    const info = existsSync(MACHINE_SOCKET) ? await daemonInfo(MACHINE_SOCKET) : undefined;
    if (info) return machineDaemon(MACHINE_SOCKET, info, wishes);
  }
  const daemon = await joinDaemon(join(wishes.cacheDir, 'docker'), wishes.install);
  return {
    socket: daemon.socket,
    runtime: GVISOR_RUNTIME,
    unsandboxed: false,
    private: true,
    revive: () => daemon.revive(),
    release: () => daemon.leave(),
  };
}

function machineDaemon(socket: string, info: DaemonInfo, wishes: DockerWishes): DockerChoice {
  return {
    socket,
    ...judgeDaemon(socket, info, wishes.allowUnsandboxed),
    private: false,
    revive: async () => {},
    release: async () => {},
  };
}
