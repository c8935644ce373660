/** The HTTP server: checks every request's Host, then hands it to health, pages, rooms or the runners' link. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Site } from '@codeconnected/core/session/site.ts';
import { LINK_PATH } from '../link/credential.ts';
import { clientAddress } from './address.ts';
import type { Hosts } from './hosts.ts';
import type { LinkDoor } from './link-door.ts';
import { type Handler, plain, secure, servePage } from './pages.ts';
import type { RoomSockets } from './room-sockets.ts';
import { refuseUpgrade } from './upgrade.ts';

/** Where a room's page opens its WebSocket, with `?room=`. */
export const SOCKET_PATH = '/socket';
/** Where monitoring asks. */
export const HEALTH_PATH = '/healthz';
/** 421 Misdirected Request: not a name of ours. */
const MISDIRECTED = 421;
/** Milliseconds until a request's headers must be there: slower ones only hold a connection. */
const HEADERS_MILLISECONDS = 10_000;
/** Milliseconds until a whole request must be there. */
const REQUEST_MILLISECONDS = 30_000;

export interface FrontOptions {
  readonly hosts: Hosts;
  readonly trustProxy: boolean;
  readonly site: Site;
  readonly pages: Handler;
  readonly rooms: Pick<RoomSockets, 'accept'>;
  readonly link: Pick<LinkDoor, 'accept'>;
  readonly report: (problem: unknown, about: string) => void;
}

/** Makes the server; it does not listen yet. */
export function makeFront(options: FrontOptions): Server {
  const server = createServer({ headersTimeout: HEADERS_MILLISECONDS, requestTimeout: REQUEST_MILLISECONDS });
  server.on('request', (request, response) => {
    secure(response);
    answer(options, request, response).catch((problem) => {
      options.report(problem, 'request');
      plain(response, 500, 'Something went wrong on the server.\n');
    });
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    upgrade(options, request, socket, head).catch((problem) => {
      options.report(problem, 'upgrade');
      socket.destroy();
    });
  });
  return server;
}

/** The path and query, whatever a client wrote there; undefined where it is no address. */
function urlOf(request: IncomingMessage): URL | undefined {
  const path = request.url ?? '/';
  return path.startsWith('/') && URL.canParse(`http://here${path}`) ? new URL(`http://here${path}`) : undefined;
}

async function answer(options: FrontOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { hosts, site, pages, trustProxy } = options;
  const host = request.headers.host;
  if (host === undefined || !hosts.knows(host)) return plain(response, MISDIRECTED, hosts.refusal);
  const url = urlOf(request);
  if (!url) return plain(response, 400, 'The address cannot be read.\n');
  if (url.pathname === HEALTH_PATH) return sayHealth(site, response);
  if (url.pathname === SOCKET_PATH || url.pathname === LINK_PATH) {
    return plain(response, 426, 'This address takes WebSockets.\n');
  }
  const origin = hosts.originOf(host, request.headers.origin);
  servePage(pages, request, response, { site, origin, address: clientAddress(request, trustProxy) });
}

async function sayHealth(site: Site, response: ServerResponse): Promise<void> {
  const health = await site.health();
  response
    .writeHead(health.ready ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(health));
}

async function upgrade(options: FrontOptions, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const { hosts, rooms, link, trustProxy } = options;
  const { host, origin } = request.headers;
  if (host === undefined || !hosts.knows(host)) return refuseUpgrade(socket, MISDIRECTED, hosts.refusal);
  if (!hosts.admits(origin, host)) return refuseUpgrade(socket, 403, 'Only pages of this server may connect.');
  const url = urlOf(request);
  if (url?.pathname === SOCKET_PATH)
    return rooms.accept(request, socket, head, url, clientAddress(request, trustProxy));
  if (url?.pathname === LINK_PATH) return link.accept(request, socket, head);
  return refuseUpgrade(socket, 404, 'Nothing connects here.');
}
