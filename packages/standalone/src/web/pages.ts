/** The built pages, as a handler of requests. */
import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Site } from '@codeconnected/core/session/site.ts';
import compression from 'compression';

export type Handler = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/** What the page handler reads instead of what a visitor could write; we overwrite them in each request. */
const HEADERS = {
  PROTOCOL_HEADER: 'x-codeconnected-protocol',
  HOST_HEADER: 'x-codeconnected-host',
  ADDRESS_HEADER: 'x-codeconnected-address',
} as const;

/** Headers that every answer carries; a room's link is its key, so it is told to no other site. */
const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const;

/** Needs nothing of express but Node's own request and response. */
const compress = compression() as unknown as Handler;

/** Sets what every answer carries. */
export function secure(response: ServerResponse): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
}

/** Loads the build; a place without one says so instead of showing a blank page. */
export async function loadPages(build: string): Promise<Handler> {
  const file = join(build, 'handler.js');
  if (!existsSync(file)) {
    return (_request, response) => plain(response, 503, 'The pages are not built. Start it by way of npm start.\n');
  }
  // Read by the handler when it is loaded.
  for (const [name, value] of Object.entries(HEADERS)) process.env[name] = value;
  const module = (await import(pathToFileURL(file).href)) as { handler: Handler };
  return module.handler;
}

/** What a page needs to know of its request. */
export interface PageRequest {
  readonly site: Site;
  /** Origin as the visitor's browser sees it. */
  readonly origin: string;
  readonly address: string;
}

/** Hands a request to the pages. */
export function servePage(
  pages: Handler,
  request: IncomingMessage & { site?: Site },
  response: ServerResponse,
  { site, origin, address }: PageRequest,
): void {
  const url = new URL(origin);
  request.headers[HEADERS.PROTOCOL_HEADER] = url.protocol.slice(0, -1);
  request.headers[HEADERS.HOST_HEADER] = url.host;
  request.headers[HEADERS.ADDRESS_HEADER] = address;
  request.site = site;
  // Files of the build bring their compressed copies; this is for the pages themselves.
  compress(request, response, () =>
    pages(request, response, (error) => {
      if (error) plain(response, 500, 'Something went wrong on the server.\n');
      else plain(response, 404, 'There is no such page.\n');
    }),
  );
}

/** Answers with a sentence. */
export function plain(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }).end(text);
}
