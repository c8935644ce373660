import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Language } from '../language/folders.ts';
import { createImageBuilder } from './builder.ts';

/** As far as an import of a cached root file system goes. */
const LANGUAGE = {
  id: 'x',
  baseHash: createHash('sha256').digest('hex').slice(0, 16),
  hash: 'h',
} as unknown as Language;

let folder: string;
let tar: string;
let socketPath: string;
let server: Server;
/** How the engine answers an import. */
let onImport: (answer: import('node:http').ServerResponse) => void;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'builder-'));
  tar = join(folder, 'images', `${LANGUAGE.baseHash}.tar`);
  await mkdir(join(folder, 'images'));
  await writeFile(tar, 'cut off');
  socketPath = join(folder, 'docker.sock');
  server = createServer((request, answer) => {
    request.resume();
    request.on('end', () => {
      if (request.url?.includes('/images/create')) onImport(answer);
      else answer.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"no such image"}');
    });
  });
  await new Promise<void>((done) => server.listen(socketPath, done));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await rm(folder, { recursive: true });
});

const ensure = () => createImageBuilder(new Docker({ socketPath }), folder).ensure(LANGUAGE, () => {});

test('a cached root file system that Docker refuses is thrown away, so that the next try makes it anew', async () => {
  onImport = (answer) => answer.end('{"errorDetail":{"message":"unexpected EOF"},"error":"unexpected EOF"}\r\n');
  await expect(ensure()).rejects.toThrow('unexpected EOF');
  expect(existsSync(tar)).toBe(false);
});

test('it is kept where Docker went away meanwhile', async () => {
  onImport = (answer) => answer.destroy();
  await expect(ensure()).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(existsSync(tar)).toBe(true);
});
