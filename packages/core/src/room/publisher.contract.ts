/** What every Publisher does. */
import { afterEach, describe, expect, it } from 'vitest';
import { type ConnectionId, drawAccessId } from './ids.ts';
import type { Publisher } from './publisher.ts';

/** One receiver at the far end. */
export interface Receiver {
  readonly id: ConnectionId;
  /** The next frame that arrives, in order. */
  next(): Promise<string>;
  /** Resolves with the reason once the connection is closed. */
  readonly closed: Promise<string>;
  /** Goes away without a word, as far as the transport allows; resolves when the publisher can know. */
  vanish(): Promise<void>;
  /** Reads nothing from now on. */
  stopReading(): void;
}

/** A publisher with a transport under it. */
export interface PublisherRig {
  readonly publisher: Publisher;
  connect(): Promise<Receiver>;
  close(): Promise<void>;
}

/** Characters that no receiver may let wait: more than any bound. */
const FLOOD_CHARACTERS = 64 * 1024 * 1024;
const FLOOD_FRAME_CHARACTERS = 24 * 1024;

/** @param make a publisher and a way to connect to it */
export function describePublisherContract(name: string, make: () => Promise<PublisherRig>): void {
  let rig: PublisherRig | undefined;
  const start = async () => {
    rig = await make();
    return rig;
  };
  afterEach(async () => {
    await rig?.close();
    rig = undefined;
  });

  describe(`Publisher: ${name}`, () => {
    it('delivers frames in order, and to nobody else', async () => {
      const { publisher, connect } = await start();
      const [one, other] = [await connect(), await connect()];
      const texts = ['{"t":"pong"}', '"ü😀\\u0000"', `"${'x'.repeat(30_000)}"`];
      for (const text of texts) expect(await publisher.push(one.id, text)).toBe('sent');
      expect(await publisher.push(other.id, '"for the other"')).toBe('sent');
      for (const text of texts) expect(await one.next()).toBe(text);
      expect(await other.next()).toBe('"for the other"');
    });

    it('says that a connection is gone, without rejecting', async () => {
      const { publisher, connect } = await start();
      expect(await publisher.push(drawAccessId() as ConnectionId, '"x"')).toBe('gone');
      const receiver = await connect();
      await receiver.vanish();
      expect(await publisher.push(receiver.id, '"x"')).toBe('gone');
    });

    it('disconnects with a reason that the person can read', async () => {
      const { publisher, connect } = await start();
      const receiver = await connect();
      await publisher.disconnect(receiver.id, 'The room has gone.');
      expect(await receiver.closed).toBe('The room has gone.');
      expect(await publisher.push(receiver.id, '"x"')).toBe('gone');
      await publisher.disconnect(receiver.id, 'Again.');
      await publisher.disconnect(drawAccessId() as ConnectionId, 'Never was.');
    });

    it('takes a reason that is longer than the transport does', async () => {
      const { publisher, connect } = await start();
      const receiver = await connect();
      await publisher.disconnect(receiver.id, 'ü'.repeat(500));
      expect(await receiver.closed).toMatch(/^ü+$/);
    });

    it('W3 cuts off who reads nothing, while everyone else is served', async () => {
      const { publisher, connect } = await start();
      const [stuck, lively] = [await connect(), await connect()];
      stuck.stopReading();
      const frame = `"${'x'.repeat(FLOOD_FRAME_CHARACTERS)}"`;
      let verdict = 'sent';
      for (let sent = 0; verdict === 'sent' && sent < FLOOD_CHARACTERS; sent += frame.length) {
        verdict = await publisher.push(stuck.id, frame);
        if (sent % (100 * frame.length) === 0) {
          const text = `"${sent}"`;
          expect(await publisher.push(lively.id, text)).toBe('sent');
          expect(await lively.next()).toBe(text);
        }
      }
      expect(verdict).toBe('slow');
      expect(await publisher.push(stuck.id, frame)).toBe('gone');
      expect(await publisher.push(lively.id, '"after"')).toBe('sent');
      expect(await lively.next()).toBe('"after"');
    });
  });
}
