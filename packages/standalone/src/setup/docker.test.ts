import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chooseDocker, judgeDaemon } from './docker.ts';

let folder: string;
let server: Server;
let runtimes: Record<string, unknown>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'docker-'));
  server = createServer((_, answer) => answer.end(JSON.stringify({ Runtimes: runtimes })));
  await new Promise<void>((done) => server.listen(join(folder, 'docker.sock'), done));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true });
});

const wishes = (more: object = {}) => ({
  cacheDir: folder,
  kind: 'auto' as const,
  allowUnsandboxed: false,
  dockerHost: `unix://${folder}/docker.sock`,
  install: async () => {
    throw new Error('nothing is to be installed');
  },
  ...more,
});

test('a daemon that is there and has gVisor is used', async () => {
  runtimes = { runc: {}, runsc: {} };
  expect(await chooseDocker(wishes())).toMatchObject({
    socket: `${folder}/docker.sock`,
    runtime: 'runsc',
    unsandboxed: false,
    private: false,
  });
});

test('S2 a daemon without gVisor is refused, with three ways out', async () => {
  runtimes = { runc: {} };
  await expect(chooseDocker(wishes())).rejects.toMatchObject({
    message: expect.stringContaining('no gVisor'),
    todo: [
      expect.stringContaining('DOCKER=private'),
      expect.stringContaining('runsc'),
      expect.stringContaining('ALLOW_UNSANDBOXED=1'),
    ],
  });
});

test('S2 plain runc needs the operator’s word, and gVisor is preferred even then', () => {
  expect(judgeDaemon('/s', { Runtimes: { runc: {} } }, true)).toEqual({ runtime: 'runc', unsandboxed: true });
  expect(judgeDaemon('/s', { Runtimes: { runsc: {} } }, true)).toEqual({ runtime: 'runsc', unsandboxed: false });
});

test('a DOCKER_HOST that does not answer, or is no Unix socket, is named', async () => {
  await expect(chooseDocker(wishes({ dockerHost: 'unix:///nowhere.sock' }))).rejects.toThrow('unix:///nowhere.sock');
  await expect(chooseDocker(wishes({ dockerHost: 'tcp://10.0.0.1:2375' }))).rejects.toThrow('only a Unix socket');
});
