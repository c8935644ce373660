/** What the operator's settings mean for each of the two processes. */
import { resolve } from 'node:path';
import type { RunnerConfig } from '@codeconnected/runner/config.ts';
import { languageFolders } from '../config/languages.ts';
import type { Settings } from '../config/options.ts';
import type { DataPlaces } from '../setup/data.ts';
import type { DockerChoice } from '../setup/docker.ts';
import type { WebConfigInput } from '../web/config.ts';

/** Connections of one address where the operator says nothing: a school behind one, each pupil with some tabs. */
const ADDRESS_SOCKETS = 200;

/** Where the web process finds what it needs, as it sees it. */
export interface WebPlaces {
  readonly dataDir: string;
  readonly webBuild: string;
  readonly guestKeyFile: string;
  readonly linkTokenFile: string;
}

/** The web process's configuration. */
export function webConfig(settings: Settings, places: WebPlaces): WebConfigInput {
  return {
    ...places,
    host: settings.HOST,
    port: settings.PORT,
    publicUrl: settings.PUBLIC_URL,
    trustProxy: settings.TRUST_PROXY,
    roomDays: settings.ROOM_DAYS,
    roomsPerHour: settings.ROOMS_PER_HOUR,
    peoplePerRoom: settings.PEOPLE_PER_ROOM,
    socketsMost: settings.SOCKETS_MOST,
    socketsPerAddress: settings.SOCKETS_PER_ADDRESS || Math.max(ADDRESS_SOCKETS, settings.PEOPLE_PER_ROOM),
    socketsPerPerson: settings.SOCKETS_PER_PERSON,
    documentMiB: settings.DOCUMENT_MIB,
    historyMiB: settings.HISTORY_MIB,
    freeDiskMiB: settings.FREE_DISK_MIB,
    logLevel: settings.LOG_LEVEL,
  };
}

/** The runner's configuration. */
export function runnerConfig(
  root: string,
  settings: Settings,
  data: Pick<DataPlaces, 'runner' | 'linkToken' | 'instance'>,
  docker: Pick<DockerChoice, 'socket' | 'runtime' | 'unsandboxed'>,
): RunnerConfig {
  const control = settings.CONTROL_URL ?? `http://${loopbackOf(settings.HOST)}:${settings.PORT}`;
  return {
    controlUrl: control.replace(/^http/, 'ws'),
    tokenFile: data.linkToken,
    dataDir: data.runner,
    instance: data.instance,
    socketPath: docker.socket,
    runtime: docker.runtime,
    allowUnsandboxed: docker.unsandboxed,
    cacheFolder: settings.CACHE_DIR,
    languageFolders: [resolve(root, 'languages'), ...languageFolders(root, settings)],
    warm: settings.WARM_SANDBOXES,
    sandboxesMost: settings.SANDBOXES_MOST,
    pauseSeconds: settings.PAUSE_SECONDS,
    memoryMiB: settings.SANDBOX_MEMORY_MIB || undefined,
    endMinutes: settings.END_MINUTES,
    unwatchedMinutes: settings.UNWATCHED_MINUTES,
    port: 0,
    logLevel: settings.LOG_LEVEL,
  };
}

/** The address at which this machine reaches its own listener. */
export function loopbackOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** An origin for people: what they type, or what it listens on. */
export function publicOrigin(settings: Settings): string {
  if (settings.PUBLIC_URL) return settings.PUBLIC_URL;
  const host = settings.HOST === '0.0.0.0' || settings.HOST === '::' ? 'localhost' : settings.HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${settings.PORT}`;
}
