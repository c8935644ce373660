import type { Clock } from '@codeconnected/core/clock.ts';
import type { PersonId } from '@codeconnected/core/room/ids.ts';
import { describe, expect, it } from 'vitest';
import { makePlace } from '../test/place.ts';
import type { Dial, LinkState } from './api.ts';
import { openMemoryOutbox } from './memory-outbox.ts';
import { createRoomClient } from './room-client.ts';

/** Milliseconds between two looks at what the line may carry. */
const LOOK_MILLISECONDS = 100;

/** A line that carries so many characters a second, one message after the other. */
class Line {
  readonly #waiting: { text: string; left: number; deliver: (text: string) => void }[] = [];
  carried = 0;

  constructor(clock: Clock, perSecond: number) {
    const look = () => {
      let may = (perSecond * LOOK_MILLISECONDS) / 1000;
      for (let first = this.#waiting[0]; first && may > 0; first = this.#waiting[0]) {
        const some = Math.min(may, first.left);
        first.left -= some;
        may -= some;
        this.carried += some;
        if (first.left > 0) break;
        this.#waiting.shift();
        first.deliver(first.text);
      }
      clock.after(LOOK_MILLISECONDS, look);
    };
    look();
  }

  get waiting(): number {
    return this.#waiting.reduce((sum, { left }) => sum + left, 0);
  }

  carry(text: string, deliver: (text: string) => void): void {
    this.#waiting.push({ text, left: text.length, deliver });
  }
}

/** A page whose line carries so many characters a second each way. */
async function slowPage(perSecond: number) {
  const place = await makePlace();
  const up = new Line(place.clock, perSecond);
  const down = new Line(place.clock, perSecond);
  const dial: Dial = (events) => {
    const message = (text: string) => down.carry(text, events.message);
    const channel = place.network.dial('ada' as PersonId)({ ...events, message });
    return {
      send: (text) => up.carry(text, channel.send),
      get buffered() {
        return up.waiting;
      },
      close: () => channel.close(),
    };
  };
  const { clock } = place;
  const client = createRoomClient({ dial, outbox: openMemoryOutbox(), name: 'ada', clock, random: () => 0.5 });
  const links: LinkState['kind'][] = [];
  client.on('link', ({ kind }) => links.push(kind));
  return { ...place, client, links, up };
}

describe('a slow network', () => {
  it('W2 brings a large document, however long it takes', async () => {
    const { client, links, openPage, clock } = await slowPage(8_000);
    const bob = await openPage('bob');
    bob.type('x'.repeat(300_000));
    await clock.advance(5_000);
    await client.open();
    await clock.advance(120_000);
    expect(links).toEqual(['connecting', 'live']);
    expect(client.doc.getText('file').toString()).toBe(bob.text());
  });

  it('W2 takes a long paste, each edit once, however long it takes', async () => {
    const { client, links, clock, up, house } = await slowPage(8_000);
    await client.open();
    await clock.advance(5_000);
    client.doc.getText('file').insert(0, 'x'.repeat(400_000));
    await clock.advance(150_000);
    expect(links).toEqual(['connecting', 'live']);
    expect(client.saving).toBe('saved');
    expect((await house.stored()).getText('file').length).toBe(400_000);
    // Base64 twice, and little else.
    expect(up.carried).toBeLessThan(400_000 * 1.85);
  });
});
