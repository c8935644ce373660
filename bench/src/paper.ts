/** Opening a room that holds a whole paper with its 260,000 edits: typed once through the real client, then opened afresh. */
import type { Dial } from '@codeconnected/client/api.ts';
import { openMemoryOutbox } from '@codeconnected/client/memory-outbox.ts';
import { createRoomClient } from '@codeconnected/client/room-client.ts';
import { entryOf, languageOf, textOf } from '@codeconnected/core/room/document.ts';
import type { Browser } from '@playwright/test';
import { WebSocket } from 'ws';
import { applyPatches, paperTrace } from '../../packages/client/test/trace.ts';
import { openRoom } from './browser.ts';
import type { Report } from './report.ts';
import { summarise } from './stats.ts';

/** Keystrokes between turns of the event loop, in which the client sends what it has. */
const KEYSTROKES_A_TURN = 250;
/** Times that the room is opened by a client in Node. */
const OPENINGS = 7;

/** Dials as a browser with that cookie would. */
function dialWith(url: string, cookie: string): Dial {
  return (events) => {
    const socket = new WebSocket(url, { headers: { cookie } });
    socket.on('open', events.open);
    socket.on('message', (data) => events.message(data.toString()));
    socket.on('error', () => undefined);
    socket.on('close', events.closed);
    return { send: (text) => socket.send(text), close: () => socket.close() };
  };
}

/** A room as the home page makes it. */
async function newRoom(site: string, language: string): Promise<{ address: string; dial: () => Dial }> {
  const answer = await fetch(site, {
    method: 'POST',
    body: new URLSearchParams({ language }),
    headers: { origin: site },
    redirect: 'manual',
  });
  const path = answer.headers.get('location');
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
  if (!path || !cookie) throw new Error(`no room: HTTP ${answer.status}`);
  const address = new URL(path, site).href;
  const socket = `${site.replace('http', 'ws')}/socket?room=${address.split('/').at(-1)}`;
  return { address, dial: () => dialWith(socket, cookie) };
}

const turn = (ms = 0) => new Promise((done) => setTimeout(done, ms));

async function open(dial: Dial, name: string) {
  const client = createRoomClient({ dial, outbox: openMemoryOutbox(), name });
  const synced = new Promise<void>((done) => client.on('synced', done));
  await client.open();
  await synced;
  return client;
}

/** Types the paper, then opens it in Node and in a browser. */
export async function paper(browser: Browser, report: Report, site: string): Promise<void> {
  const { source, patches, endContent } = paperTrace();
  const room = await newRoom(site, 'python');
  const writer = await open(room.dial(), 'writer');
  const language = languageOf(writer.doc)!;
  const text = textOf(writer.doc, entryOf(writer.doc, language)!);
  text.delete(0, text.length);
  const start = performance.now();
  for (let at = 0; at < patches.length; at += KEYSTROKES_A_TURN) {
    writer.doc.transact(() => applyPatches(text, patches.slice(at, at + KEYSTROKES_A_TURN)));
    await turn();
  }
  while (writer.saving !== 'saved') await turn(50);
  const seconds = (performance.now() - start) / 1000;
  const rate = Math.round(patches.length / seconds);
  report.add({
    what: `${source}: edits taken and saved`,
    value: rate,
    unit: '/s',
    raw: { edits: patches.length, seconds },
  });
  await writer.close();

  const sample: number[] = [];
  for (let i = 0; i < OPENINGS; i++) {
    const began = performance.now();
    const reader = await open(room.dial(), 'reader');
    sample.push(performance.now() - began);
    const same = textOf(reader.doc, entryOf(reader.doc, language)!).toString() === endContent;
    if (!same) throw new Error('the paper is not what was typed');
    await reader.close();
  }
  const summary = summarise(sample);
  report.add({
    what: `${source}: joined and complete, client in Node`,
    value: summary.median,
    unit: 'ms',
    aim: 'aim ≤ 1000',
    raw: { summary, sample },
  });
  await openRoom(
    browser,
    report,
    room.address,
    endContent.slice(0, 20),
    `${source}: address opened → text in the live editor`,
  );
}
