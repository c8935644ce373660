import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '@codeconnected/core/clock.ts';
import { describeConnectionsContract } from '@codeconnected/core/room/connections.contract.ts';
import { type ConnectionId, drawAccessId } from '@codeconnected/core/room/ids.ts';
import { memoryConnections } from '@codeconnected/core/room/memory/connections.ts';
import { HandClock } from '@codeconnected/core/room/memory/hand-clock.ts';
import { describePublisherContract, type PublisherRig } from '@codeconnected/core/room/publisher.contract.ts';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { WebSocketPublisher } from './publisher.ts';

/** Bytes that may wait in these tests. */
const WAITING_BYTES = 1024 * 1024;

async function rigWith(clock: Clock): Promise<PublisherRig & { server: WebSocketServer }> {
  const publisher = new WebSocketPublisher({ clock, waitingBytes: WAITING_BYTES });
  const http = createServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return {
    publisher,
    server,
    async connect() {
      const id = drawAccessId() as ConnectionId;
      const accepted = once(server, 'connection') as Promise<[WebSocket]>;
      const client = new WebSocket(url, { perMessageDeflate: false });
      const [served] = await accepted;
      publisher.hold(id, served);
      const frames: string[] = [];
      const waiting: ((text: string) => void)[] = [];
      client.on('message', (data) => {
        const take = waiting.shift();
        if (take) take(data.toString());
        else frames.push(data.toString());
      });
      await once(client, 'open');
      return {
        id,
        next: () => new Promise((done) => (frames.length > 0 ? done(frames.shift()!) : waiting.push(done))),
        closed: new Promise((done) => client.once('close', (_code, reason) => done(reason.toString()))),
        async vanish() {
          const gone = once(served, 'close');
          client.terminate();
          await gone;
        },
        stopReading: () => client.pause(),
      };
    },
    async close() {
      for (const socket of server.clients) socket.terminate();
      server.close();
      http.close();
      await once(http, 'close');
    },
  };
}

describePublisherContract('WebSocket server', () => rigWith(systemClock));
describeConnectionsContract('memory', () => memoryConnections());

describe('slow receivers', () => {
  it('W3 cuts off one that takes nothing for ten seconds, however little waits for it', async () => {
    const clock = new HandClock();
    const rig = await rigWith(clock);
    const stuck = await rig.connect();
    const [served] = [...rig.server.clients];
    stuck.stopReading();
    const frame = `"${'x'.repeat(24 * 1024)}"`;
    // Until the kernel takes no more.
    while (served!.bufferedAmount < WAITING_BYTES / 2) expect(await rig.publisher.push(stuck.id, frame)).toBe('sent');
    // Let what the kernel still takes be taken.
    for (let quiet = 0, before = -1; quiet < 20; before = served!.bufferedAmount) {
      await new Promise((done) => setImmediate(done));
      quiet = served!.bufferedAmount === before ? quiet + 1 : 0;
    }
    await clock.advance(9_999);
    expect(await rig.publisher.push(stuck.id, '"x"')).toBe('sent');
    await clock.advance(10_000);
    expect(await rig.publisher.push(stuck.id, '"x"')).toBe('gone');
    await rig.close();
  });
});
