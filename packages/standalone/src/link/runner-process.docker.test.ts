import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawAccessId, type LanguageId, type PersonId, type RoomId } from '@codeconnected/core/room/ids.ts';
import { CACHE_FOLDER, DOCKER_SOCKET, LANGUAGES_FOLDER, RUNTIME } from '@codeconnected/runner/sandbox/testing.ts';
import Docker from 'dockerode';
import { expect, test } from 'vitest';
import { openControl } from './testing.ts';

const CREDENTIAL = 'the-link-token-of-this-test';
const MAIN = fileURLToPath(new URL('../../../runner/src/main.ts', import.meta.url));
const PYTHON = 'python' as LanguageId;

test('S5 the runner process serves over its link, and ends with all of its sandboxes when asked or orphaned', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'codeconnected-'));
  const control = await openControl(CREDENTIAL);
  const instance = `test-${crypto.randomUUID()}`;
  const tokenFile = join(folder, 'link-token');
  await writeFile(tokenFile, `${CREDENTIAL}\n`);
  const config = {
    controlUrl: `ws://127.0.0.1:${control.port}`,
    tokenFile,
    dataDir: join(folder, 'runner'),
    instance,
    socketPath: DOCKER_SOCKET,
    runtime: RUNTIME,
    cacheFolder: CACHE_FOLDER,
    languageFolders: [LANGUAGES_FOLDER],
    warm: 1,
  };
  const docker = new Docker({ socketPath: DOCKER_SOCKET });
  const containers = async () => {
    const all = await docker.listContainers({ all: true });
    return all.filter((each) => Object.values(each.Labels).includes(instance)).length;
  };
  const start = () =>
    spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, CODECONNECTED_RUNNER: JSON.stringify(config) },
    });
  for (const [round, end] of ['asked', 'orphaned'].entries()) {
    const child = start();
    const exited = once(child, 'exit');
    await control.ready();
    const room = drawAccessId() as RoomId;
    const { id, viewed } = control.viewers.viewer();
    await control.runners.watch(room, id, PYTHON, async () => round + 1);
    await viewed.until(() => viewed.text.includes('>>> '));
    await control.runners.run(room, {
      run: 'r',
      by: 'somebody' as PersonId,
      language: PYTHON,
      files: [{ name: 'main.py', text: 'print("from", "a sandbox")' }],
      entry: 'main.py',
      epoch: 2,
      columns: 80,
      rows: 24,
    });
    expect((await viewed.ended('r'))?.outcome).toEqual({ kind: 'exited', code: 0 });
    await viewed.shows('from a sandbox');
    const { address } = JSON.parse(await readFile(join(config.dataDir, 'service.json'), 'utf8'));
    const token = (await readFile(join(config.dataDir, 'service-token'), 'utf8')).trim();
    const health = await fetch(`${address}/health`, { headers: { authorization: `Bearer ${token}` } });
    expect((await health.json()).sandboxes).toBeGreaterThan(0);
    expect(await containers()).toBeGreaterThan(0);
    if (end === 'asked') child.kill('SIGTERM');
    else child.disconnect();
    expect(await exited).toEqual([0, null]);
    expect(await containers()).toBe(0);
    await viewed.phase('absent');
  }
  await control.close();
  await rm(folder, { recursive: true });
});
