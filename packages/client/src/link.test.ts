import { HandClock } from '@codeconnected/core/room/memory/hand-clock.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChannelEvents } from './api.ts';
import { Link } from './link.ts';

let clock: HandClock;
let sent: string[];
let dials: ChannelEvents[];
let link: Link;
beforeEach(() => {
  clock = new HandClock();
  sent = [];
  dials = [];
  link = new Link({
    clock,
    random: () => 0,
    dial: (events) => {
      dials.push(events);
      return { send: (text) => void sent.push(text), buffered: 0, close: () => undefined };
    },
    events: { opened: () => undefined, frame: () => undefined, lost: () => undefined, dialling: () => undefined },
  });
  link.dial();
  dials[0]!.open();
  link.joined(20_000);
});

describe('a retry while the connection counts as open', () => {
  it('W2 gives up a connection that does not answer, and dials at once', async () => {
    link.retry();
    expect(sent).toEqual(['{"t":"ping"}']);
    await clock.advance(3_000);
    expect(dials).toHaveLength(2);
  });

  it('keeps a connection that answers, whatever it says', async () => {
    link.retry();
    dials[0]!.message('{"t":"pong"}');
    await clock.advance(60_000);
    expect(dials).toHaveLength(1);
    expect(link.open).toBe(true);
  });

  it('asks once, however often it is called', () => {
    link.retry();
    link.retry();
    expect(sent).toHaveLength(1);
  });

  it('leaves the next connection alone when the one that was asked ended by itself', async () => {
    link.retry();
    dials[0]!.closed();
    await clock.advance(1_000);
    dials[1]!.open();
    link.joined(20_000);
    await clock.advance(10_000);
    expect(dials).toHaveLength(2);
  });
});
