/**
 * Opening a room that holds a whole paper with its 260,000 edits: typed once through the real client, then opened
 * afresh by clients in Node and by browsers, also after the web process had to read it from the disk.
 */
import type { Dial } from '@codeconnected/client/api.ts';
import { openMemoryOutbox } from '@codeconnected/client/memory-outbox.ts';
import { createRoomClient } from '@codeconnected/client/room-client.ts';
import { entryOf, languageOf, textOf } from '@codeconnected/core/room/document.ts';
import type { Browser } from '@playwright/test';
import { WebSocket } from 'ws';
import type { Product } from '../../e2e/src/product.ts';
import { applyPatches, type Patch, paperTrace } from '../../packages/client/test/trace.ts';
import type { Report } from './report.ts';
import type { Samples } from './samples.ts';
import { EDITOR, watchFor } from './visible.ts';

/** Keystrokes between turns of the event loop, in which the client sends what it has. */
const KEYSTROKES_A_TURN = 250;
/** Characters of the text's first line by which an editor is known to show it. */
const MARKER_CHARACTERS = 20;
/** What is aimed at on 2 cores. */
const OPEN_MILLISECONDS = 1000;
/** How often it is looked whether the web process was started again, milliseconds. */
const RESTART_POLL_MILLISECONDS = 100;

/** Dials as a browser with that cookie would. */
function dialWith(url: string, cookie: string): Dial {
  return (events) => {
    const socket = new WebSocket(url, { headers: { cookie } });
    socket.on('open', events.open);
    socket.on('message', (data) => events.message(data.toString()));
    socket.on('error', () => undefined);
    socket.on('close', events.closed);
    return {
      send: (text) => socket.send(text),
      get buffered() {
        return socket.bufferedAmount;
      },
      close: () => socket.close(),
    };
  };
}

/** A room as the home page makes it. */
async function newRoom(site: string, language: string): Promise<{ address: string; dial: () => Dial }> {
  const answer = await fetch(site, {
    method: 'POST',
    body: new URLSearchParams({ language }),
    // As a form that is sent: a program would be answered in JSON.
    headers: { origin: site, accept: 'text/html' },
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

/** Milliseconds from asking for the address to the paint of the text in the live editor, in a browser new to it. */
async function openInBrowser(browser: Browser, url: string, marker: string): Promise<number> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const start = Date.now();
    await page.goto(url, { waitUntil: 'commit' });
    const seen = await watchFor(page, EDITOR, marker);
    return Math.round((await seen()).painted - start);
  } finally {
    await context.close();
  }
}

/** Ends the web process and waits until the supervisor has started another one. */
async function restartWeb(product: Product): Promise<void> {
  const [old] = product.pids('web');
  if (old === undefined) throw new Error('there is no web process');
  process.kill(old, 'SIGTERM');
  while (product.pids('web').includes(old) || product.pids('web').length === 0) await turn(RESTART_POLL_MILLISECONDS);
  await product.ready();
}

/** Types the paper, then opens it in Node and in browsers. */
export async function paper(
  browser: Browser,
  report: Report,
  samples: Samples,
  product: Product,
  language: string,
): Promise<void> {
  const { source, patches, endContent } = paperTrace();
  const room = await newRoom(product.url, language);
  const marker = endContent.trimStart().split('\n')[0]!.slice(0, MARKER_CHARACTERS);
  console.log(`The paper is ${source}, ${patches.length} edits.`);
  await write(room.dial(), patches, report);
  const isWhole = async () => {
    const began = performance.now();
    const reader = await open(room.dial(), 'reader');
    const milliseconds = performance.now() - began;
    const same = textOf(reader.doc, entryOf(reader.doc, languageOf(reader.doc)!)!).toString() === endContent;
    await reader.close();
    if (!same) throw new Error('the paper is not what was typed');
    return Math.round(milliseconds);
  };

  const inNode: number[] = [];
  const inBrowser: number[] = [];
  for (let i = 0; i < samples.openings; i++) {
    inNode.push(await isWhole());
    inBrowser.push(await openInBrowser(browser, room.address, marker));
  }
  const aim = { most: OPEN_MILLISECONDS };
  report.sample('paper: joined and complete, client in Node', 'ms', inNode);
  report.sample('paper: address opened → text painted', 'ms', inBrowser, { aim, raw: { source } });

  const afterRestart: number[] = [];
  for (let i = 0; i < samples.restarts; i++) {
    await restartWeb(product);
    afterRestart.push(await openInBrowser(browser, room.address, marker));
    await isWhole();
  }
  report.sample('paper: the same, first after a restart of the web process', 'ms', afterRestart, { aim });
}

/** Types everything into a room. */
async function write(dial: Dial, patches: readonly Patch[], report: Report): Promise<void> {
  const writer = await open(dial, 'writer');
  const text = textOf(writer.doc, entryOf(writer.doc, languageOf(writer.doc)!)!);
  text.delete(0, text.length);
  const start = performance.now();
  for (let at = 0; at < patches.length; at += KEYSTROKES_A_TURN) {
    writer.doc.transact(() => applyPatches(text, patches.slice(at, at + KEYSTROKES_A_TURN)));
    await turn();
  }
  while (writer.saving !== 'saved') await turn(50);
  const seconds = (performance.now() - start) / 1000;
  await writer.close();
  report.add({
    what: 'paper: edits taken and saved',
    value: Math.round(patches.length / seconds),
    unit: '/s',
    raw: { edits: patches.length, seconds },
  });
}
