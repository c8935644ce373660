/** The web process composed: store, relay, terminal, runners' link, pages. Tests and benchmarks start it in-process. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signedGuests } from '@codeconnected/core/account/guest.ts';
import { keyedHash } from '@codeconnected/core/account/keyed-hash.ts';
import { type Clock, systemClock } from '@codeconnected/core/clock.ts';
import { CompactionSchedule } from '@codeconnected/core/room/compaction.ts';
import { Documents } from '@codeconnected/core/room/documents.ts';
import type { Grouping } from '@codeconnected/core/room/frames.ts';
import type { RoomId } from '@codeconnected/core/room/ids.ts';
import { memoryConnections } from '@codeconnected/core/room/memory/connections.ts';
import { Relay } from '@codeconnected/core/room/relay.ts';
import type { Site } from '@codeconnected/core/session/site.ts';
import { TerminalControl } from '@codeconnected/core/terminal/control.ts';
import { SCREEN_BYTES } from '@codeconnected/core/terminal/limits.ts';
import { type Logger, pino } from 'pino';
import { LinkRunners } from '../link/link-runners.ts';
import { DiskSpace } from '../store/disk-space.ts';
import { openStore, type Store } from '../store/open.ts';
import { ThreadWorkbench } from '../store/thread-workbench.ts';
import { Catalogue } from './catalogue.ts';
import type { WebConfig, WebConfigInput } from './config.ts';
import { webConfigSchema } from './config.ts';
import { Expiry } from './expiry.ts';
import { makeFront } from './front.ts';
import { healthOf } from './health.ts';
import { ownHosts } from './hosts.ts';
import { LinkDoor } from './link-door.ts';
import { loadPages } from './pages.ts';
import { WebSocketPublisher } from './publisher.ts';
import { RoomSockets } from './room-sockets.ts';
import { StandaloneSite } from './site.ts';

const DAY_MILLISECONDS = 24 * 60 * 60_000;
const MIB = 1024 * 1024;
/** A document's bytes on the wire: base64 in its frame, and again in parts. */
const WIRE_FACTOR = 16 / 9;
/** Bytes beside a document that may wait for one connection: a screen in parts, what is typed and printed meanwhile. */
const WAITING_BYTES = 2 * MIB + (SCREEN_BYTES * 4) / 3;

/** How pages group what happens on one machine, where a message costs nothing but is still work for everyone. */
const GROUPING: Grouping = {
  editMilliseconds: 20,
  eager: true,
  cursorMilliseconds: 50,
  vectorMilliseconds: 30_000,
  pingMilliseconds: 10_000,
};

export interface RunningWeb {
  /** Where it listens, as an origin. */
  readonly url: string;
  readonly site: Site;
  /** Resolves when it has ended in order. */
  close(): Promise<void>;
}

export interface StartOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Told when nothing can be kept any more: the process should end and be started anew. */
  readonly died?: (error: Error) => void;
  /** Stands between relay and store; tests hold commits back by it. */
  readonly wrapStore?: (store: Store) => Store;
}

/** Starts the web process's parts; resolves when it listens. */
export async function startWeb(input: WebConfigInput, options: StartOptions = {}): Promise<RunningWeb> {
  const config: WebConfig = webConfigSchema.parse(input);
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? pino({ level: config.logLevel });
  const report = (problem: unknown, about: string) => logger.error({ problem: described(problem), about }, 'failed');
  const hash = await keyedHash(Buffer.from(secretOf(config.guestKeyFile)));
  const guests = await signedGuests(hash);
  const credential = secretOf(config.linkTokenFile);
  const pages = await loadPages(config.webBuild);

  let storeFailure: string | undefined;
  const opened = await openStore({
    dataDir: config.dataDir,
    historyBytes: config.historyMiB * MIB,
    freeBytes: config.freeDiskMiB * MIB,
    died(error) {
      storeFailure = `The store has stopped: ${error.message}`;
      report(error, 'store');
      options.died?.(error);
    },
  });
  const disk = new DiskSpace(config.dataDir, config.freeDiskMiB * MIB);
  const unsaved = () =>
    storeFailure ??
    (disk.full ? `The disk has less than ${config.freeDiskMiB} MiB left: nothing is saved.` : undefined);
  const store = options.wrapStore?.(opened) ?? opened;
  const { log, snapshots, history, sessions } = store;

  const connections = memoryConnections();
  const documentBytes = config.documentMiB * MIB;
  const publisher = new WebSocketPublisher({ clock, waitingBytes: documentBytes * WIRE_FACTOR + WAITING_BYTES });
  // Not the one that compaction uses: an edit waits for its trial.
  const workbench = new ThreadWorkbench();
  const documents = new Documents({
    log,
    snapshots,
    clock,
    workbench,
    onlyWriter: true,
    documentBytes,
    report: (room, keys) => logger.error({ room: shortRoom(room), keys }, 'updates could not be applied'),
  });
  const compaction = new CompactionSchedule({
    log,
    clock,
    compact: store.compact,
    report: (_room, problem) => report(problem, 'compaction'),
  });
  const runners = new LinkRunners({
    publisher,
    clock,
    log: (message, fields) => logger.info(fields, message),
    warn: (message, fields) => logger.warn(fields, message),
  });
  const terminal = new TerminalControl({
    runners,
    documents,
    sessions,
    history,
    publisher,
    clock,
    report: (_room, problem) => report(problem, 'recording what happened'),
  });
  runners.onRunnerReady(() => void terminal.runnerReady().catch((problem) => report(problem, 'watching anew')));
  const roomMilliseconds = config.roomDays * DAY_MILLISECONDS;
  const relay = new Relay({
    log,
    connections,
    publisher,
    sessions,
    history,
    documents,
    compaction,
    terminal,
    clock,
    grouping: GROUPING,
    roomMilliseconds,
    roomConnections: config.peoplePerRoom,
    // Whoever has the link is in, until accounts bring more.
    roleOf: () => 'editor',
    report,
  });
  const expiry = new Expiry({
    sessions,
    connections,
    clock,
    roomMilliseconds,
    report,
    async remove(room, unusedSince) {
      // First of all and by one condition: whoever joins from now on finds no room, whoever joined before keeps it.
      if (!(await store.removeRoom(room, unusedSince))) return false;
      await relay.dismiss(room, 'room-unknown');
      documents.forget(room);
      // Without a runner there is no sandbox to end.
      await runners.close(room).catch(() => undefined);
      return true;
    },
  });
  const catalogue = new Catalogue(config.dataDir, runners);
  const site = new StandaloneSite({
    log,
    sessions,
    documents,
    catalogue,
    guests,
    hash,
    clock,
    health: async () => healthOf(await runners.languages(), runners.status, unsaved(), runners.problem),
    unsandboxed: () => runners.status?.unsandboxed ?? false,
    roomDays: config.roomDays,
    roomsPerHour: config.roomsPerHour,
  });
  const rooms = new RoomSockets({
    relay,
    publisher,
    guests,
    clock,
    report,
    socketsMost: config.socketsMost,
    socketsPerAddress: config.socketsPerAddress,
    socketsPerPerson: config.socketsPerPerson,
  });
  const link = new LinkDoor(runners, credential);
  const hosts = ownHosts(config.host, config.publicUrl);
  const server = makeFront({ hosts, trustProxy: config.trustProxy, site, pages, rooms, link, report });

  let closing: Promise<void> | undefined;
  const close = async () => {
    server.close();
    link.close();
    await rooms.close();
    server.closeAllConnections();
    await expiry.close();
    await compaction.close();
    await workbench.close();
    await store.close();
  };
  try {
    await listen(server, config);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: urlOf(server, config.host),
    site,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

async function listen(server: Server, { host, port }: WebConfig): Promise<void> {
  server.listen({ host, port });
  await once(server, 'listening');
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function secretOf(file: string): string {
  const text = readFileSync(file, 'utf8').trim();
  if (text === '') throw new Error(`${file} is empty`);
  return text;
}

/** A room's id is its key: logs carry only its beginning. */
function shortRoom(room: RoomId): string {
  return `${room.slice(0, 6)}…`;
}

function described(problem: unknown): unknown {
  return problem instanceof Error ? { message: problem.message, stack: problem.stack } : problem;
}
