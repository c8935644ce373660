import { HandClock } from '@codeconnected/core/room/memory/hand-clock.ts';
import { cut } from '@codeconnected/core/room/parts.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChannelEvents } from './api.ts';
import { Link } from './link.ts';

let clock: HandClock;
let link: Link;
let channel: ChannelEvents;
let buffered: number;
let told: string[];
beforeEach(() => {
  clock = new HandClock();
  told = [];
  buffered = 0;
  link = new Link({
    clock,
    random: () => 0.5,
    dial: (events) => {
      channel = events;
      return {
        send(text) {
          buffered += text.length;
        },
        close: () => undefined,
        get buffered() {
          return buffered;
        },
      };
    },
    events: {
      dialling: () => undefined,
      opened: () => told.push('opened'),
      frame: ({ t }) => told.push(t),
      lost: () => told.push('lost'),
    },
  });
  link.dial();
  channel.open();
  told = [];
});

/** So many seconds, in each of which the network takes some of what waits, and something else may happen. */
async function pass(seconds: number, taken: number, each: (second: number) => void = () => undefined) {
  for (let second = 0; second < seconds; second++) {
    each(second);
    buffered = Math.max(0, buffered - taken);
    await clock.advance(1_000);
    link.tick();
  }
}

describe('a slow network', () => {
  const document = JSON.stringify({ t: 'sync', u: 'x'.repeat(500_000), sv: '', ds: '', last: true });

  it('W2 has as long as it needs for the document, while parts of it come', async () => {
    const parts = cut(document, () => 'p');
    expect(parts.length).toBeGreaterThan(20);
    await pass(parts.length * 5, 0, (second) => second % 5 === 0 && channel.message(parts[second / 5]!));
    expect(told).toEqual(['sync']);
  });

  it('W2 is given up where nothing of the document comes, whatever else does', async () => {
    await pass(30, 0, (second) => channel.message(JSON.stringify({ t: 'people', v: second, people: [] })));
    expect(told).toContain('lost');
  });

  it('W2 is not called dead while an upload drains, and is when it stops', async () => {
    link.joined(10_000);
    link.send({ t: 'name', name: 'x'.repeat(200_000) });
    await pass(120, 1_000);
    expect(told).toEqual([]);
    await pass(40, 0);
    expect(told).toEqual(['lost']);
  });

  it('W2 is called dead where all that is sent goes out at once and nothing comes back', async () => {
    link.joined(10_000);
    await pass(40, 100_000, () => link.send({ t: 'cursor', k: null }));
    expect(told).toContain('lost');
  });
});
