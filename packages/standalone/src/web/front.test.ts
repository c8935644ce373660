import type { LanguageId, PersonId } from '@codeconnected/core/room/ids.ts';
import type { RunnerFrame } from '@codeconnected/core/sandbox/link.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ask, handshake, LINK_TOKEN, Place } from './web.harness.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.dispose());

/** Milliseconds for what comes by itself, on a busy machine. */
const PATIENCE = { timeout: 60_000 };

const STATUS: Extract<RunnerFrame, { t: 'status' }> = {
  t: 'status',
  languages: [
    {
      id: 'python' as LanguageId,
      name: 'Python',
      fileName: 'main.py',
      editorMode: 'Python',
      indent: 4,
      sample: 'pass\n',
      image: { kind: 'ready', version: '1' },
      warm: 2,
    },
  ],
  sandboxes: 2,
  unsandboxed: true,
  ready: true,
  reasons: [],
};

describe('the HTTP server', () => {
  it('answers to its own names and to no other', async () => {
    const { url } = await place.start();
    const { port } = new URL(url);
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'localhost', 'LOCALHOST:1']) {
      expect((await ask(`${url}/healthz`, { host })).status, host).toBe(503);
    }
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'a b',
      '@',
    ]) {
      const { status, text } = await ask(`${url}/healthz`, { host });
      expect([421, 400], host).toContain(status);
      if (status === 421) expect(text).toContain('PUBLIC_URL');
    }
  });

  it('answers to the public name where one is set', async () => {
    const { url } = await place.start({ publicUrl: 'https://code.example.org' });
    expect((await ask(`${url}/healthz`, { host: 'code.example.org' })).status).toBe(503);
    expect((await ask(`${url}/healthz`, { host: 'other.example.org' })).status).toBe(421);
  });

  it('opens WebSockets for its own pages only', async () => {
    const { url } = await place.start({ publicUrl: 'https://code.example.org' });
    const { host } = new URL(url);
    const socket = `${url}/socket?room=x`;
    const own = [url, 'https://code.example.org'];
    for (const origin of own) expect(await handshake(socket, { origin }), origin).toBe(101);
    expect(await handshake(socket, {})).toBe(101);
    for (const origin of ['https://evil.example', 'null', `http://${host}.evil.example`, `http://${host}1`, '']) {
      expect(await handshake(socket, { origin }), origin).toBe(403);
    }
    const downgraded = { host: 'code.example.org', origin: 'http://code.example.org' };
    expect(await handshake(socket, downgraded)).toBe(403);
    expect(await handshake(socket, { ...downgraded, origin: 'https://code.example.org' })).toBe(101);
    expect(await handshake(socket, { host: 'evil.example', origin: 'http://evil.example' })).toBe(421);
    expect(await handshake(`${url}/elsewhere`, {})).toBe(404);
  });

  it('lets in only the runner that has the token', async () => {
    const { url } = await place.start();
    const link = `${url}/link`;
    for (const authorization of ['', 'Bearer', 'Bearer wrong', `Basic ${LINK_TOKEN}`, `Bearer ${LINK_TOKEN}x`]) {
      expect(await handshake(link, authorization ? { authorization } : {}), authorization).toBe(401);
    }
    expect(await handshake(link, { authorization: `Bearer ${LINK_TOKEN}` })).toBe(101);
  });

  it('says whether it is ready, what is warm, and why not', async () => {
    const { url, site } = await place.start();
    const health = async () => {
      const { status, text } = await ask(`${url}/healthz`);
      return { status, ...JSON.parse(text) };
    };
    expect(await health()).toEqual({ status: 503, ready: false, reasons: ['No runner is connected.'], warm: {} });
    expect(await site.languages()).toEqual([]);

    const runner = new WebSocket(`${url.replace('http', 'ws')}/link`, {
      headers: { authorization: `Bearer ${LINK_TOKEN}` },
    });
    await new Promise((done) => runner.once('open', done));
    const hello: RunnerFrame = { t: 'hello', v: 1, runner: 'test' };
    runner.send(JSON.stringify(hello));
    runner.send(JSON.stringify(STATUS));
    await expect.poll(health, PATIENCE).toEqual({ status: 200, ready: true, reasons: [], warm: { python: 2 } });
    expect(site.unsandboxed).toBe(true);
    expect(await site.languages()).toEqual(STATUS.languages);

    const image = { kind: 'building', step: 'packages', done: 0.5, seconds: 3 };
    const building = {
      ...STATUS,
      languages: [{ ...STATUS.languages[0], image, warm: 0 }],
      ready: false,
      reasons: ['Python is being built: packages, 50 %.'],
    };
    runner.send(JSON.stringify(building));
    await expect
      .poll(health, PATIENCE)
      .toMatchObject({ status: 503, reasons: ['Python is being built: packages, 50 %.'], warm: { python: 0 } });

    runner.terminate();
    await expect.poll(health, PATIENCE).toMatchObject({ status: 503, reasons: ['No runner is connected.'] });
    // The pages go on listing what there was, after a restart too.
    expect(await site.languages()).toMatchObject([{ id: 'python', warm: 0 }]);
    await place.stop();
    const again = await place.start();
    expect(await again.site.languages()).toMatchObject([{ id: 'python', warm: 0, image: { kind: 'missing' } }]);
  });

  it('D1 says where the disk is full, and makes no room then', async () => {
    place.knowLanguages();
    const { url, site } = await place.start({ freeDiskMiB: 2 ** 40 });
    const { status, text } = await ask(`${url}/healthz`);
    expect({ status, ...JSON.parse(text) }).toMatchObject({ status: 503, ready: false });
    expect(JSON.parse(text).reasons[0]).toContain('The disk has less than');
    const refused = await site.createRoom('python' as LanguageId, { person: 'p' as PersonId, address: '' });
    expect(refused.kind === 'refused' && refused.error.code).toBe('disk-full');
  });

  it('carries security headers, and says that there are no pages instead of showing a blank one', async () => {
    const { url } = await place.start();
    const { status, headers, text } = await ask(`${url}/`);
    expect(status).toBe(503);
    expect(text).toContain('not built');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
    });
    expect((await ask(`${url}/socket?room=x`)).status).toBe(426);
    expect((await ask(`${url}/link`)).status).toBe(426);
  });

  it('frees the port and the data directory when it closes', async () => {
    const { url } = await place.start();
    await place.stop();
    await place.start({ port: Number(new URL(url).port) });
  });
});
