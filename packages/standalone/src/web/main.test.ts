import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WEB_CONFIG_VARIABLE, type WebConfigInput } from './config.ts';
import { ask, Place } from './web.harness.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

let place: Place;
let child: ChildProcess | undefined;
beforeEach(() => {
  place = new Place();
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await place.dispose();
});

function configOf(more: Partial<WebConfigInput> = {}): WebConfigInput {
  const { folder, dataDir } = place;
  mkdirSync(dataDir, { recursive: true });
  return {
    host: '127.0.0.1',
    port: 0,
    dataDir,
    webBuild: join(folder, 'no-build'),
    guestKeyFile: join(folder, 'guest-key'),
    linkTokenFile: join(folder, 'link-token'),
    logLevel: 'warn',
    ...more,
  };
}

function launch(config: string): { process: ChildProcess; ended: Promise<unknown[]>; errors: Promise<string> } {
  child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, [WEB_CONFIG_VARIABLE]: config },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const chunks: Buffer[] = [];
  child.stderr!.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = once(child, 'exit');
  return { process: child, ended, errors: ended.then(() => Buffer.concat(chunks).toString()) };
}

async function ready(process: ChildProcess): Promise<string> {
  const [message] = (await once(process, 'message')) as [{ kind: string; url: string }];
  expect(message.kind).toBe('ready');
  return message.url;
}

describe('the web process', () => {
  it('says when it is ready, and ends in order on SIGTERM', async () => {
    const { process, ended } = launch(JSON.stringify(configOf()));
    const url = await ready(process);
    expect((await ask(`${url}/healthz`)).status).toBe(503);
    process.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  it('ends when whoever started it is gone', async () => {
    const { process, ended } = launch(JSON.stringify(configOf()));
    await ready(process);
    process.disconnect();
    expect(await ended).toEqual([0, null]);
  });

  it('refuses wrong settings, a held data directory and a missing secret with the reason', async () => {
    const refusal = async (config: string) => {
      const { ended, errors } = launch(config);
      expect((await ended)[0]).toBe(1);
      return errors;
    };
    const wrong = await refusal(JSON.stringify({ ...configOf(), port: 70_000, nonsense: 1 }));
    for (const word of ['port', 'nonsense']) expect(wrong).toContain(word);
    expect(await refusal(JSON.stringify(configOf({ guestKeyFile: '/nowhere/key' })))).toContain('/nowhere/key');
    await place.start();
    expect(await refusal(JSON.stringify(configOf()))).toContain('in use by another process');
  });
});
