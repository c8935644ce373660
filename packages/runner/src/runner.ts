/** The runner put together: sandboxes below, terminals on them, the service around, the link out. */
import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '@codeconnected/core/clock.ts';
import type { RoomId } from '@codeconnected/core/room/ids.ts';
import type { IdleLimits } from '@codeconnected/core/terminal/idle.ts';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { type Answer, RunnerLink } from './link/runner-link.ts';
import type { Log, SandboxService } from './sandbox/sandboxes.ts';
import { createService } from './service/service.ts';
import { Terminals } from './terminal/terminals.ts';

/** Milliseconds that terminals outlive the link: a control plane that restarts, or a network that recovers. */
const LINK_GRACE_MILLISECONDS = 5 * 60_000;

/** Characters of a room's name that are logged: the whole opens the room. */
const LOGGED_CHARACTERS = 6;

export interface RunnerOptions {
  readonly sandboxes: SandboxService;
  readonly idle: IdleLimits;
  /** The control plane's `ws://…/link` and what proves the runner to it. */
  readonly link?: { readonly url: string; readonly credential: string };
  /** Asked of whoever comes over loopback; drawn where it is not given. */
  readonly token?: string;
  readonly name: string;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface Runner {
  readonly service: FastifyInstance;
  readonly terminals: Terminals;
  readonly link: RunnerLink | undefined;
  /** Ends the link, the terminals and every sandbox. */
  close(): Promise<void>;
}

/** A room as the log shows it: enough to tell rooms apart, too little to open one. */
function shown(room: RoomId): string {
  return `${room.slice(0, LOGGED_CHARACTERS)}…`;
}

/** Serves a request within the process, through the same routes and schemas as over the network. */
async function injected(
  service: FastifyInstance,
  token: string,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  body: unknown,
): Promise<Answer> {
  try {
    const request: InjectOptions = { method, url, headers: { authorization: `Bearer ${token}` } };
    if (body !== undefined) request.payload = body as object;
    const response = await service.inject(request);
    return { status: response.statusCode, body: response.json() };
  } catch (error) {
    return { status: 500, body: { code: 'runner-failed', detail: String(error) } };
  }
}

/** Makes a runner; the sandboxes are started by the caller, who may not want to wait for them. */
export async function createRunner(options: RunnerOptions): Promise<Runner> {
  const { sandboxes, log, name } = options;
  const clock = options.clock ?? systemClock;
  const token = options.token ?? randomBytes(32).toString('base64url');
  let link: RunnerLink | undefined;
  const terminals = new Terminals({
    sandboxes,
    clock,
    idle: options.idle,
    unsandboxed: sandboxes.unsandboxed,
    languages: () => sandboxes.languages(),
    limits: (language) => sandboxes.limits(language),
    log: (room, what, error) => log.warn({ room: shown(room), error: String(error) }, what),
    poster: {
      post: (viewers, text) => link?.post(viewers, text),
      drained: async () => await link?.drained(),
    },
  });
  const service = await createService({
    terminals,
    token,
    health: () => sandboxes.health(),
    claimed: () => sandboxes.claimed,
    log: (message, error) => log.error({ error: String(error) }, message),
  });
  let cancelGrace: (() => void) | undefined;
  if (options.link) {
    link = new RunnerLink({
      ...options.link,
      runner: name,
      clock,
      serve: (method, url, body) => injected(service, token, method, url, body),
      gone: (viewer) => terminals.gone(viewer),
      status: () => ({
        languages: [...sandboxes.languages()],
        sandboxes: sandboxes.claimed,
        unsandboxed: sandboxes.unsandboxed,
        ready: sandboxes.health().ready,
        reasons: [...sandboxes.health().reasons],
      }),
      changed: (up) => {
        cancelGrace?.();
        cancelGrace = up ? undefined : clock.after(LINK_GRACE_MILLISECONDS, () => void terminals.closeAll());
      },
      log: (message, fields) => log.info(fields, message),
      warn: (message, fields) => log.warn(fields, message),
    });
  }
  const unsubscribe = sandboxes.onChange(() => {
    link?.statusChanged();
    terminals.retry();
  });
  link?.open();
  return {
    service,
    terminals,
    link,
    async close() {
      unsubscribe();
      cancelGrace?.();
      link?.close();
      await service.close().catch((error) => log.error({ error: String(error) }, 'the service did not close'));
      await terminals.closeAll();
      await sandboxes.close();
    },
  };
}
