/** What the web process's tests share: a place of its own in a temporary folder, and tabs that speak to it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@codeconnected/core/clock.ts';
import { toBase64 } from '@codeconnected/core/room/base64.ts';
import type { ClientFrameInput, ServerFrame } from '@codeconnected/core/room/frames.ts';
import {
  type ClientId,
  drawAccessId,
  type LanguageId,
  type PersonId,
  type RoomId,
} from '@codeconnected/core/room/ids.ts';
import { PROTOCOL_VERSION, SERVER_PARTS_MOST } from '@codeconnected/core/room/limits.ts';
import { Assembler } from '@codeconnected/core/room/parts.ts';
import { type ClientOptions, WebSocket } from 'ws';
import * as Y from 'yjs';
import type { WebConfigInput } from './config.ts';
import { type RunningWeb, type StartOptions, startWeb } from './start.ts';

/** The credential of the tests' runners. */
export const LINK_TOKEN = 'link-token-of-this-test'.repeat(2);
export const LANGUAGE = 'python' as LanguageId;

/** What a new room starts with here. */
export const SAMPLE = 'print("hello")\n';

const PYTHON = {
  id: LANGUAGE,
  name: 'Python',
  fileName: 'main.py',
  editorMode: 'Python',
  indent: 4,
  image: { kind: 'missing' },
  warm: 0,
};

/** A place for one web process. */
export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'codeconnected-web-'));
  readonly dataDir = join(this.folder, 'data');
  #running: RunningWeb | undefined;
  readonly #tabs: Tab[] = [];

  constructor() {
    writeFileSync(join(this.folder, 'guest-key'), 'k'.repeat(64));
    writeFileSync(join(this.folder, 'link-token'), `${LINK_TOKEN}\n`);
  }

  get web(): RunningWeb {
    return this.#running!;
  }

  async start(config: Partial<WebConfigInput> = {}, options: StartOptions = {}): Promise<RunningWeb> {
    this.#running = await startWeb(
      {
        host: '127.0.0.1',
        port: 0,
        dataDir: this.dataDir,
        webBuild: join(this.folder, 'no-build'),
        guestKeyFile: join(this.folder, 'guest-key'),
        linkTokenFile: join(this.folder, 'link-token'),
        logLevel: 'silent',
        ...config,
      },
      options,
    );
    return this.#running;
  }

  /** As the runner's first status leaves it. */
  knowLanguages(sample = SAMPLE): void {
    mkdirSync(this.dataDir, { recursive: true });
    writeFileSync(join(this.dataDir, 'languages.json'), JSON.stringify([{ ...PYTHON, sample }]));
  }

  async createRoom(address = '192.0.2.1'): Promise<RoomId> {
    const created = await this.web.site.createRoom(LANGUAGE, { person: 'p' as PersonId, address });
    if (created.kind !== 'created') throw new Error(created.error.code);
    return created.room;
  }

  /** A browser's tab at a room, its person new unless a cookie is given. */
  async open(room: string, cookie?: string, options: ClientOptions = {}): Promise<Tab> {
    const guest = cookie ?? (await this.web.site.guests.issue()).cookie;
    const url = `${this.web.url.replace('http', 'ws')}/socket?room=${room}`;
    const tab = new Tab(url, {
      headers: { cookie: `a=b; ${this.web.site.guests.cookieName}=${guest}`, ...options.headers },
    });
    this.#tabs.push(tab);
    return tab;
  }

  async stop(): Promise<void> {
    await this.#running?.close();
    this.#running = undefined;
  }

  async dispose(): Promise<void> {
    for (const tab of this.#tabs) tab.socket.terminate();
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

type FrameOf<T extends ServerFrame['t']> = Extract<ServerFrame, { t: T }>;

/** One WebSocket as a page has it, with a document of its own. */
export class Tab {
  readonly socket: WebSocket;
  readonly client = drawAccessId() as ClientId;
  readonly doc = new Y.Doc();
  readonly frames: ServerFrame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #waiting = new Set<() => void>();
  readonly #assembler = new Assembler(
    { parts: SERVER_PARTS_MOST, characters: Number.POSITIVE_INFINITY, concurrent: 4, milliseconds: 60_000 },
    systemClock,
  );
  #sequence = 0;

  constructor(url: string, options: ClientOptions) {
    this.socket = new WebSocket(url, { perMessageDeflate: false, ...options });
    this.socket.on('message', (data) => this.#take(data.toString()));
    this.socket.on('error', () => undefined);
    this.closed = new Promise((done) => {
      this.socket.on('close', (code, reason) => done({ code, reason: reason.toString() }));
    });
  }

  /** The text of the first file. */
  get text(): string {
    const file = [...this.doc.getMap('files').keys()][0];
    return file === undefined ? '' : this.doc.getText(file).toString();
  }

  /** The first frame of a kind that fits, now or later. */
  next<T extends ServerFrame['t']>(t: T, fits: (frame: FrameOf<T>) => boolean = () => true): Promise<FrameOf<T>> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.frames.find((frame): frame is FrameOf<T> => frame.t === t && fits(frame as FrameOf<T>));
        if (!found) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  async opened(): Promise<this> {
    if (this.socket.readyState === WebSocket.CONNECTING) await new Promise((done) => this.socket.once('open', done));
    return this;
  }

  #take(text: string): void {
    const frame = JSON.parse(text) as ServerFrame;
    if (frame.t === 'part') {
      const whole = this.#assembler.take(frame);
      if (whole.kind === 'whole') this.#take(whole.text);
      return;
    }
    if ((frame.t === 'sync' || frame.t === 'update') && frame.u)
      Y.applyUpdate(this.doc, Buffer.from(frame.u, 'base64'));
    this.frames.push(frame);
    for (const look of this.#waiting) look();
  }

  send(frame: ClientFrameInput): void {
    this.socket.send(JSON.stringify(frame));
  }

  async join(name = 'Ann'): Promise<this> {
    await this.opened();
    const sv = toBase64(Y.encodeStateVector(this.doc));
    this.send({ t: 'join', v: PROTOCOL_VERSION, c: this.client, sv, name });
    await this.next('sync');
    return this;
  }

  /** Types at the beginning of the first file. @returns the edit's number */
  type(text: string): number {
    const updates: Uint8Array[] = [];
    const keep = (update: Uint8Array) => updates.push(update);
    this.doc.on('update', keep);
    this.doc.getText([...this.doc.getMap('files').keys()][0]!).insert(0, text);
    this.doc.off('update', keep);
    this.#sequence += 1;
    this.send({ t: 'edit', c: this.client, n: this.#sequence, u: toBase64(updates[0]!) });
    return this.#sequence;
  }

  acknowledged(n: number): Promise<FrameOf<'ack'>> {
    return this.next('ack', (frame) => frame.n.includes(n));
  }
}

/** An HTTP request with whatever headers, which `fetch` would not send. */
export function ask(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(url, { headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    asked.on('error', reject).end();
  });
}

/** The status by which a WebSocket handshake was refused; 101 where it was not. */
export function handshake(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace('http', 'ws'), { headers });
    socket.on('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    socket.on('open', () => {
      resolve(101);
      socket.terminate();
    });
    socket.on('error', reject);
  });
}
