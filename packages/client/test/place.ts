/** A house, a network and pages in it, for tests that need no weather. */
import type { ClientFrameInput } from '@codeconnected/core/room/frames.ts';
import type { PersonId } from '@codeconnected/core/room/ids.ts';
import { HandClock } from '@codeconnected/core/room/memory/hand-clock.ts';
import { seeded } from '@codeconnected/core/room/memory/random.ts';
import type { Outbox, RoomClient, RoomClientEvents } from '../src/api.ts';
import { openMemoryOutbox } from '../src/memory-outbox.ts';
import { createRoomClient } from '../src/room-client.ts';
import { House, type HouseOptions } from './house.ts';
import { Network } from './network.ts';

export interface Page {
  readonly client: RoomClient;
  /** What it was told, by event. */
  readonly told: { [E in keyof RoomClientEvents]: Parameters<RoomClientEvents[E]>[] };
  /** Text of the file that tests write into. */
  text(): string;
  type(text: string, at?: number): void;
}

const EVENTS = [
  'link',
  'saving',
  'keeps',
  'synced',
  'people',
  'screen',
  'output',
  'terminal',
  'error',
  'replaced',
  'lost',
  'expires',
] as const satisfies readonly (keyof RoomClientEvents)[];

/** Opens the house. */
export async function makePlace(options: Partial<HouseOptions> = {}) {
  const clock = new HandClock();
  const random = seeded(1);
  const network = new Network(clock, random);
  const house = new House({ clock, network, ...options });
  await house.start();
  /** Frames that pages sent, parts as they are. */
  const sent: string[] = [];
  network.onSend = (_, text) => sent.push(text);
  const frames = () => sent.map((text) => JSON.parse(text) as ClientFrameInput);

  function makePage(person = 'ada', outbox: Outbox = openMemoryOutbox()): Page {
    const client = createRoomClient({
      dial: network.dial(person as PersonId),
      outbox,
      name: person,
      clock,
      random,
    });
    const told = Object.fromEntries(EVENTS.map((event) => [event, []])) as unknown as Page['told'];
    for (const event of EVENTS) client.on(event, (...given: unknown[]) => void (told[event] as unknown[]).push(given));
    return {
      client,
      told,
      text: () => client.doc.getText('file').toString(),
      type: (text, at) => client.doc.getText('file').insert(at ?? client.doc.getText('file').length, text),
    };
  }
  /** A page that is live. */
  async function openPage(person?: string, outbox?: Outbox): Promise<Page> {
    const page = makePage(person, outbox);
    await page.client.open();
    await clock.advance(100);
    return page;
  }
  return { clock, network, house, sent, frames, makePage, openPage };
}
