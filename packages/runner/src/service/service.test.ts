import type { AddressInfo } from 'node:net';
import { drawAccessId } from '@codeconnected/core/room/ids.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRunner, type Runner } from '../runner.ts';
import { IDLE } from '../testing/place.ts';
import { ScriptedSandboxes } from '../testing/scripted-sandboxes.ts';

const TOKEN = 'the-token-of-this-test';
const QUIET = { info() {}, warn() {}, error() {} };
let runner: Runner;
let address: string;

beforeAll(async () => {
  runner = await createRunner({
    sandboxes: new ScriptedSandboxes(),
    idle: IDLE,
    token: TOKEN,
    name: 'test',
    log: QUIET,
  });
  await runner.service.listen({ host: '127.0.0.1', port: 0 });
  address = `http://127.0.0.1:${(runner.service.server.address() as AddressInfo).port}`;
});
afterAll(() => runner.close());

async function ask(method: string, path: string, body?: unknown, token = TOKEN) {
  const response = await fetch(address + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
const room = () => `/terminals/${drawAccessId()}`;

test('health and languages are told', async () => {
  expect((await ask('GET', '/health')).body).toMatchObject({ ready: true, sandboxes: 0 });
  expect((await ask('GET', '/languages')).body).toMatchObject([{ id: 'fresh' }, { id: 'kept' }]);
});

test.each(['/health', '/openapi.json', '/terminals/x', '/nothing'])('without the token %s is refused', async (path) => {
  for (const token of ['', 'wrong', `${TOKEN}x`]) {
    expect(await ask('GET', path, undefined, token)).toMatchObject({ status: 401, body: { code: 'not-allowed' } });
  }
});

test('every route is described', async () => {
  const { body } = await ask('GET', '/openapi.json');
  const paths = Object.keys(body.paths as object).sort();
  expect(paths).toEqual([
    '/health',
    '/languages',
    '/terminals/{room}',
    '/terminals/{room}/clear',
    '/terminals/{room}/input',
    '/terminals/{room}/interrupt',
    '/terminals/{room}/reset',
    '/terminals/{room}/run',
    '/terminals/{room}/size',
    '/terminals/{room}/stop',
    '/terminals/{room}/viewers',
    '/terminals/{room}/viewers/{viewer}',
  ]);
});

const RUN = {
  run: 'r',
  by: 'p',
  language: 'fresh',
  files: [{ name: 'main', text: 'print x' }],
  entry: 'main',
  epoch: 1,
  columns: 80,
  rows: 24,
};
test.each([
  ['a room that is none', 'POST', '/terminals/short/stop', undefined],
  ['a path for a file', 'POST', `${room()}/run`, { ...RUN, files: [{ name: '../x', text: '' }] }],
  ['no file', 'POST', `${room()}/run`, { ...RUN, files: [] }],
  ['a size beyond bounds', 'POST', `${room()}/size`, { columns: 10_000, rows: 24 }],
  [
    'an input without data',
    'POST',
    `${room()}/input`,
    { by: 'p', client: drawAccessId(), sequence: 1, base: 1, data: '' },
  ],
  ['no body', 'POST', `${room()}/reset`, undefined],
])('%s is refused by its schema', async (_what, method, path, body) => {
  const answer = await ask(method, path, body);
  expect(answer).toMatchObject({ status: 400, body: { code: 'frame-malformed', detail: expect.any(String) } });
});

test('a language that is not there, and a room without a terminal, are told by code', async () => {
  expect(await ask('POST', `${room()}/run`, { ...RUN, language: 'none' })).toMatchObject({
    status: 404,
    body: { code: 'language-unknown' },
  });
  const input = { by: 'p', client: drawAccessId(), sequence: 1, base: 1, data: 'x' };
  expect(await ask('POST', `${room()}/input`, input)).toMatchObject({ status: 404, body: { code: 'runner-absent' } });
});

test('a body beyond the bound is refused', async () => {
  const text = 'x'.repeat(17 * 1024 * 1024);
  expect(await ask('POST', `${room()}/run`, { ...RUN, files: [{ name: 'main', text }] })).toMatchObject({
    status: 413,
    body: { code: 'frame-too-large' },
  });
});

test('watching without an epoch asks for one where a prompt has to be opened', async () => {
  const path = room();
  const body = { viewer: 'a/b', language: 'fresh' };
  expect((await ask('POST', `${path}/viewers`, body)).body).toEqual({ watching: false });
  expect((await ask('POST', `${path}/viewers`, { ...body, epoch: 1 })).body).toEqual({ watching: true });
  expect((await ask('POST', `${path}/viewers`, body)).body).toEqual({ watching: true });
  expect((await ask('DELETE', `${path}/viewers/${encodeURIComponent('a/b')}`)).body).toEqual({ done: true });
});
