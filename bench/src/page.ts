/** Bytes of the room page as they are transferred, in decimal kilobytes. */
import type { Browser, CDPSession, Page } from '@playwright/test';
import { startRoom } from '../../e2e/src/people.ts';
import type { Report } from './report.ts';
import type { Samples } from './samples.ts';
import { EDITOR } from './visible.ts';

/** What may be transferred until the editor can be used, KB: bodies, compressed as the server sends them. */
const USABLE_KILOBYTES = 190;
/** Fonts come after the text is shown in another one, and are compressed by themselves. */
const FONT = /font/;
/** What is told apart. */
const KINDS = [
  ['scripts', /javascript/],
  ['styles', /css/],
  ['the page itself', /html/],
] as const;

interface Transfer {
  readonly url: string;
  type: string;
  encoding: string;
  /** Seconds of the browser's clock at which the answer began. */
  began: number;
  /** Of the answer's headers. */
  headerBytes: number;
  /** Of its body, as compressed. */
  bodyBytes: number;
}

interface Load {
  readonly transfers: readonly Transfer[];
  /** Seconds of the browser's clock at which the editor could be used. */
  readonly usable: number;
  /** Milliseconds from the navigation to there. */
  readonly milliseconds: number;
  /** Characters that came through the room's WebSocket until the page was at rest. */
  readonly socketCharacters: number;
}

/** Follows everything that a page fetches. */
async function follow(session: CDPSession) {
  const transfers = new Map<string, Transfer>();
  /** From seconds since 1970 to the browser's clock. */
  let offset: number | undefined;
  let socketCharacters = 0;
  session.on('Network.requestWillBeSent', ({ requestId, request, wallTime, timestamp }) => {
    offset ??= wallTime - timestamp;
    const url = new URL(request.url).pathname;
    transfers.set(requestId, {
      url,
      type: '',
      encoding: '',
      began: Number.POSITIVE_INFINITY,
      headerBytes: 0,
      bodyBytes: 0,
    });
  });
  session.on('Network.responseReceived', ({ requestId, response, timestamp }) => {
    const transfer = transfers.get(requestId);
    if (!transfer) return;
    transfer.type = response.mimeType;
    const header = Object.entries(response.headers).find(([name]) => name.toLowerCase() === 'content-encoding');
    transfer.encoding = header?.[1] ?? 'none';
    transfer.began = timestamp;
    transfer.headerBytes = response.encodedDataLength;
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const transfer = transfers.get(requestId);
    if (transfer) transfer.bodyBytes = encodedDataLength - transfer.headerBytes;
  });
  session.on('Network.webSocketFrameReceived', ({ response }) => {
    socketCharacters += response.payloadData.length;
  });
  await session.send('Network.enable');
  return {
    transfers: () => [...transfers.values()],
    offset: () => offset!,
    socketCharacters: () => socketCharacters,
  };
}

/** Notes when the live editor is there. */
async function noteUsable(page: Page): Promise<void> {
  await page.addInitScript((where) => {
    const watcher = new MutationObserver(() => {
      if (!document.querySelector(where)) return;
      watcher.disconnect();
      performance.mark('usable');
    });
    watcher.observe(document, { subtree: true, childList: true, attributes: true });
  }, EDITOR);
}

/** Asks for one encoding only. */
async function accept(session: CDPSession, encoding: string): Promise<void> {
  // Playwright's types leave this command of Chromium out.
  const send = session.send.bind(session) as (method: string, parameters: object) => Promise<unknown>;
  await send('Network.setAcceptedEncodings', { encodings: [encoding] });
}

/** Loads a room in a browser that has seen nothing of it. */
async function load(browser: Browser, url: string, encoding: 'gzip' | undefined): Promise<Load> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const followed = await follow(session);
  if (encoding) await accept(session, encoding);
  await noteUsable(page);
  await page.goto(url);
  await page.getByRole('textbox', { name: 'Code editor' }).waitFor();
  await page.getByRole('region', { name: 'Terminal' }).locator('.xterm').waitFor();
  await page.waitForLoadState('networkidle');
  const { milliseconds, since1970 } = await page.evaluate(() => {
    const at = performance.getEntriesByName('usable')[0]!.startTime;
    return { milliseconds: at, since1970: performance.timeOrigin + at };
  });
  await context.close();
  return {
    transfers: followed.transfers(),
    usable: since1970 / 1000 - followed.offset(),
    milliseconds,
    socketCharacters: followed.socketCharacters(),
  };
}

const kilobytes = (bytes: number) => Math.round(bytes / 100) / 10;
const bodies = (some: readonly Transfer[]) => kilobytes(some.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0));
const headers = (some: readonly Transfer[]) => kilobytes(some.reduce((sum, { headerBytes }) => sum + headerBytes, 0));
const of = (type: RegExp) => (some: readonly Transfer[]) => some.filter((each) => type.test(each.type));
const plain = (some: readonly Transfer[]) => some.filter(({ type }) => !FONT.test(type));
/** All whose answer had begun by then, whole. */
const untilUsable = ({ transfers, usable }: Load) => transfers.filter(({ began }) => began <= usable);

/** Bytes that a room's page transfers until the editor can be typed in, and altogether. */
export async function pageBytes(browser: Browser, report: Report, samples: Samples): Promise<void> {
  const room = await startRoom(browser);
  const url = room.page.url();
  const gzip: Load[] = [];
  const own: Load[] = [];
  for (let i = 0; i < samples.loads; i++) {
    gzip.push(await load(browser, url, 'gzip'));
    own.push(await load(browser, url, undefined));
  }
  const until = 'room page until the editor is usable, without fonts';
  const first = gzip.map((each) => plain(untilUsable(each)));
  report.sample(`${until}, gzip`, 'KB', first.map(bodies), {
    aim: { most: USABLE_KILOBYTES },
    raw: { loads: gzip },
  });
  for (const [kind, type] of KINDS) {
    const sample = first.map(of(type)).map(bodies);
    report.sample(`  of these: ${kind}`, 'KB', sample);
  }
  report.sample('  beside these: headers of the answers', 'KB', first.map(headers));
  const asked = own.map((each) => bodies(plain(untilUsable(each))));
  report.sample(`${until}, as Chromium asks`, 'KB', asked, { raw: { loads: own } });
  const all = gzip.map((each) => each.transfers);
  report.sample('room page in all, without fonts, gzip', 'KB', all.map(plain).map(bodies));
  report.sample('fonts of the room page', 'KB', all.map(of(FONT)).map(bodies));
  const opened = own.map(({ milliseconds }) => Math.round(milliseconds));
  report.sample('room address opened → editor usable, nothing cached', 'ms', opened);
  await room.context.close();
}
