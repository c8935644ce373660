/**
 * The runner's end of the link: dials the control plane, serves its requests through the service's own routes, and
 * posts what viewers are to see. Redials with backoff; what is posted meanwhile is lost, and watched anew.
 */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { ConnectionId } from '@codeconnected/core/room/ids.ts';
import {
  type ControlFrame,
  controlFrameSchema,
  LINK_VERSION,
  POST_VIEWERS,
  type RunnerFrame,
} from '@codeconnected/core/sandbox/link.ts';
import { LinkWire } from '@codeconnected/core/sandbox/link-wire.ts';
import { WebSocket } from 'ws';
import type { Poster } from '../terminal/display.ts';

/** First wait before redialling, milliseconds: a restart of the control plane should hardly be noticed. */
const REDIAL_FIRST_MILLISECONDS = 100;
/** Longest wait, milliseconds. */
const REDIAL_MOST_MILLISECONDS = 5_000;
/** Milliseconds between pings; a link that answers none until the next is given up. */
const PING_MILLISECONDS = 15_000;
/** Milliseconds that dialling may take. */
const HANDSHAKE_MILLISECONDS = 10_000;
/** Bytes on their way to the control plane above which sandboxes wait with their output. */
const BUFFER_BYTES = 1024 * 1024;
/** Milliseconds between statuses: progress of an image changes faster than anybody reads. */
const STATUS_MILLISECONDS = 200;
/** Characters of a message that comes in: a part with its envelope, and room to refuse what is larger. */
const MESSAGE_BYTES = 64 * 1024;

/** Code of a WebSocket that the other end closed because it takes none of what was said. */
const REFUSED = 1008;

export type Status = Omit<Extract<RunnerFrame, { t: 'status' }>, 't'>;

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface RunnerLinkOptions {
  /** The control plane's endpoint, `ws://…/link`. */
  readonly url: string;
  readonly credential: string;
  /** Name of this runner, for logs. */
  readonly runner: string;
  readonly clock: Clock;
  /** Serves a request by the service's routes; never rejects. */
  serve(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body: unknown): Promise<Answer>;
  gone(viewer: ConnectionId): void;
  status(): Status;
  /** The link came up or went down. */
  changed?(up: boolean): void;
  log(message: string, fields: object): void;
  /** Told of what somebody has to mend, once for each cause. */
  warn(message: string, fields: object): void;
}

export class RunnerLink implements Poster {
  readonly #options: RunnerLinkOptions;
  #socket: WebSocket | undefined;
  #wire: LinkWire<ControlFrame> | undefined;
  #closed = false;
  #failures = 0;
  #cancelDial: (() => void) | undefined;
  #cancelPing: (() => void) | undefined;
  #cancelStatus: (() => void) | undefined;
  #cancelStable: (() => void) | undefined;
  #waiting: (() => void)[] = [];
  /** Why it was turned away last; said once. */
  #cause: string | undefined;

  constructor(options: RunnerLinkOptions) {
    this.#options = options;
  }

  /** Dials, and keeps doing so until `close`. */
  open(): void {
    const { url, credential, clock } = this.#options;
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${credential}` },
      handshakeTimeout: HANDSHAKE_MILLISECONDS,
      maxPayload: MESSAGE_BYTES,
      perMessageDeflate: false,
    });
    socket.on('open', () => this.#opened(socket, new LinkWire<ControlFrame>(controlFrameSchema, clock)));
    socket.on('message', (data, binary) => {
      if (!binary && this.#socket === socket) this.#message(socket, data.toString());
    });
    socket.on('error', (error) => this.#failed(error.message));
    socket.on('close', (code) => {
      if (code === REFUSED)
        this.#turnedAway('it does not take what this runner says: the two may be of different versions');
      this.#down(socket);
    });
  }

  #failed(reason: string): void {
    this.#options.log('the link failed', { reason });
    if (reason.endsWith('401')) this.#turnedAway('it knows another link token');
  }

  #turnedAway(cause: string): void {
    if (this.#cause !== cause) this.#options.warn('the control plane turns this runner away', { cause });
    this.#cause = cause;
  }

  get up(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  post(viewers: readonly ConnectionId[], text: string): void {
    for (let at = 0; at < viewers.length; at += POST_VIEWERS) {
      this.#send({ t: 'post', viewers: viewers.slice(at, at + POST_VIEWERS), text });
    }
  }

  async drained(): Promise<void> {
    if (!this.#socket || this.#socket.bufferedAmount < BUFFER_BYTES) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** What the runner offers changed: told soon. */
  statusChanged(): void {
    if (!this.#socket || this.#cancelStatus) return;
    this.#cancelStatus = this.#options.clock.after(STATUS_MILLISECONDS, () => {
      this.#cancelStatus = undefined;
      this.#send({ t: 'status', ...this.#options.status() });
    });
  }

  close(): void {
    this.#closed = true;
    this.#cancelDial?.();
    this.#socket?.close(1001);
    this.#release();
  }

  #opened(socket: WebSocket, wire: LinkWire<ControlFrame>): void {
    if (this.#closed) {
      socket.close(1001);
      return;
    }
    // One that is closed again at once counts as a failure, so that it is not dialled without pause.
    this.#cancelStable = this.#options.clock.after(REDIAL_MOST_MILLISECONDS, () => {
      this.#failures = 0;
    });
    this.#socket = socket;
    this.#wire = wire;
    this.#options.log('the link is up', {});
    this.#send({ t: 'hello', v: LINK_VERSION, runner: this.#options.runner });
    this.#send({ t: 'status', ...this.#options.status() });
    this.#options.changed?.(true);
    let answered = true;
    socket.on('pong', () => {
      answered = true;
    });
    const ping = () => {
      if (!answered) {
        socket.terminate();
        return;
      }
      answered = false;
      socket.ping();
      this.#cancelPing = this.#options.clock.after(PING_MILLISECONDS, ping);
    };
    this.#cancelPing = this.#options.clock.after(PING_MILLISECONDS, ping);
  }

  #message(socket: WebSocket, text: string): void {
    const unpacked = this.#wire!.unpack(text);
    if (unpacked.kind === 'refused') {
      this.#options.log('a link frame was refused', { reason: unpacked.reason });
      socket.close(1008);
    } else if (unpacked.kind === 'dropped') {
      this.#options.log('a link frame was dropped', { reason: unpacked.reason });
    } else if (unpacked.kind === 'frame') {
      const { frame } = unpacked;
      if (frame.t === 'gone') this.#options.gone(frame.viewer as ConnectionId);
      else void this.#serve(socket, frame.id, this.#options.serve(frame.method, frame.url, frame.body));
    }
  }

  async #serve(socket: WebSocket, id: number, answering: Promise<Answer>): Promise<void> {
    const { status, body } = await answering;
    // An answer belongs to the link that it was asked over.
    if (this.#socket !== socket || this.#send({ t: 'response', id, status, body })) return;
    const tooLarge = { code: 'internal', detail: 'the answer is larger than the link takes' };
    this.#send({ t: 'response', id, status: 500, body: tooLarge });
  }

  /** @returns false where the frame is too large, so that nothing was sent */
  #send(frame: Exclude<RunnerFrame, { t: 'part' }>): boolean {
    const socket = this.#socket;
    if (!socket || socket.readyState !== WebSocket.OPEN) return true;
    const messages = this.#wire!.pack(frame);
    if (!messages) {
      this.#options.log('a link frame is too large and was not sent', { frame: frame.t });
      return false;
    }
    for (const message of messages) {
      socket.send(message, () => {
        if (socket.bufferedAmount < BUFFER_BYTES) this.#release();
      });
    }
    return true;
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #down(socket: WebSocket): void {
    if (this.#socket === socket) {
      this.#socket = undefined;
      this.#wire = undefined;
      this.#cancelPing?.();
      this.#cancelStable?.();
      this.#cancelStatus?.();
      this.#cancelStatus = undefined;
      this.#release();
      if (!this.#closed) this.#options.changed?.(false);
    }
    if (this.#closed) return;
    const wait = Math.min(REDIAL_MOST_MILLISECONDS, REDIAL_FIRST_MILLISECONDS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#cancelDial = this.#options.clock.after(wait, () => this.open());
  }
}
