import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ask, Place } from './web.harness.ts';

/** Stands for the build: shows what the pages would be told. */
const HANDLER = `
const read = (name) => process.env[name];
export const handler = (request, response, next) => {
  if (request.url === '/next') return next();
  if (request.url === '/page') return response.setHeader('content-type', 'text/html').end('word '.repeat(1000));
  if (request.url === '/error') return next(new Error('broken'));
  response.end(JSON.stringify({
    protocol: request.headers[read('PROTOCOL_HEADER')],
    host: request.headers[read('HOST_HEADER')],
    address: request.headers[read('ADDRESS_HEADER')],
    roomDays: request.site.roomDays,
  }));
};
`;

let place: Place;
let webBuild: string;
beforeEach(() => {
  place = new Place();
  webBuild = join(place.folder, 'build');
  mkdirSync(webBuild);
  writeFileSync(join(webBuild, 'handler.js'), HANDLER);
});
afterEach(() => place.dispose());

it('tells the pages the site, and who asks from where, whatever the visitor claims', async () => {
  const { url } = await place.start({ webBuild, roomDays: 7 });
  const forged = {
    'x-codeconnected-protocol': 'https',
    'x-codeconnected-host': 'evil.example',
    'x-codeconnected-address': '192.0.2.66',
    'x-forwarded-for': '192.0.2.66',
    'x-forwarded-host': 'evil.example',
  };
  const { text, headers } = await ask(`${url}/`, forged);
  const { host } = new URL(url);
  expect(JSON.parse(text)).toEqual({ protocol: 'http', host, address: '127.0.0.1', roomDays: 7 });
  expect(headers['x-frame-options']).toBe('DENY');
});

it('tells the pages the public address, and the visitor’s behind a trusted proxy', async () => {
  const { url } = await place.start({ webBuild, publicUrl: 'https://code.example.org', trustProxy: true });
  const { text } = await ask(`${url}/`, { host: 'code.example.org', 'x-forwarded-for': '10.0.0.1, 192.0.2.7' });
  expect(JSON.parse(text)).toMatchObject({ protocol: 'https', host: 'code.example.org', address: '192.0.2.7' });
});

it('answers where the pages have no answer', async () => {
  const { url } = await place.start({ webBuild });
  expect((await ask(`${url}/next`)).status).toBe(404);
  expect((await ask(`${url}/error`)).status).toBe(500);
});

it('sends a page compressed to whoever takes that', async () => {
  const { url } = await place.start({ webBuild });
  const packed = await ask(`${url}/page`, { 'accept-encoding': 'gzip' });
  expect(packed.headers['content-encoding']).toBe('gzip');
  expect((await ask(`${url}/page`)).headers['content-encoding']).toBeUndefined();
});
