/** One runner's WebSocket: requests with their answers, posts, status. */
import type { Clock } from '@codeconnected/core/clock.ts';
import { CodedError } from '@codeconnected/core/error/visible.ts';
import type { ConnectionId } from '@codeconnected/core/room/ids.ts';
import { type ControlFrame, type RunnerFrame, runnerFrameSchema } from '@codeconnected/core/sandbox/link.ts';
import { LinkWire } from '@codeconnected/core/sandbox/link-wire.ts';
import { WebSocket } from 'ws';

/** Milliseconds without a ping of the runner, which sends one every 15 s, after which it is given up. */
const SILENCE_MILLISECONDS = 40_000;
/** Requests without an answer at once. */
const REQUESTS_MOST = 10_000;

export interface Answered {
  readonly status: number;
  readonly body?: unknown;
}

export interface RunnerConnectionEvents {
  /** It said hello, and what it offers. */
  ready(): void;
  post(frame: Extract<RunnerFrame, { t: 'post' }>): void;
  /** What it sent is no frame: the link is closed. */
  refused(reason: string): void;
  /** A frame could not be put together: the link goes on without it. */
  dropped(reason: string): void;
  /** Once, whatever ended it. */
  closed(): void;
}

interface Pending {
  resolve(answer: Answered): void;
  reject(error: CodedError): void;
  cancel(): void;
}

export class RunnerConnection {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #events: RunnerConnectionEvents;
  readonly #wire: LinkWire<RunnerFrame>;
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #name: string | undefined;
  #status: Extract<RunnerFrame, { t: 'status' }> | undefined;
  #cancelSilence: (() => void) | undefined;

  constructor(socket: WebSocket, clock: Clock, events: RunnerConnectionEvents) {
    this.#socket = socket;
    this.#clock = clock;
    this.#events = events;
    this.#wire = new LinkWire<RunnerFrame>(runnerFrameSchema, clock);
    socket.on('message', (data, binary) => {
      this.#heard();
      if (binary) this.#refuse('a binary message');
      else this.#message(data.toString());
    });
    socket.on('ping', () => this.#heard());
    // An error is followed by `close`, where everything is undone.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#down());
    this.#heard();
  }

  get name(): string {
    return this.#name ?? '';
  }

  get status(): Extract<RunnerFrame, { t: 'status' }> | undefined {
    return this.#status;
  }

  /**
   * Rejects with `frame-too-large` where the link does not take the request, with `runner-silent` where the answer does
   * not come in time, and with `runner-failed` where the runner goes.
   */
  request(method: 'POST' | 'DELETE', url: string, body: unknown, milliseconds: number): Promise<Answered> {
    if (this.#pending.size >= REQUESTS_MOST) return Promise.reject(new CodedError('runner-failed', 'it is overrun'));
    const id = this.#next++;
    const messages = this.#wire.pack({ t: 'request', id, method, url, body } satisfies ControlFrame);
    if (!messages) return Promise.reject(new CodedError('frame-too-large', 'the link does not take so much'));
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(milliseconds, () => {
        this.#pending.delete(id);
        reject(new CodedError('runner-silent'));
      });
      this.#pending.set(id, { resolve, reject, cancel });
      this.#send(messages);
    });
  }

  /** A viewer's connection is gone. */
  gone(viewer: ConnectionId): void {
    this.#send(this.#wire.pack({ t: 'gone', viewer } satisfies ControlFrame) ?? []);
  }

  close(): void {
    this.#socket.close(1001);
    this.#down();
  }

  #send(messages: readonly string[]): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    for (const message of messages) this.#socket.send(message);
  }

  #heard(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = this.#clock.after(SILENCE_MILLISECONDS, () => this.#socket.terminate());
  }

  #message(text: string): void {
    const unpacked = this.#wire.unpack(text);
    if (unpacked.kind === 'refused') this.#refuse(unpacked.reason);
    if (unpacked.kind === 'dropped') this.#events.dropped(unpacked.reason);
    if (unpacked.kind !== 'frame') return;
    const { frame } = unpacked;
    if (frame.t === 'hello') this.#name = frame.runner;
    else if (this.#name === undefined) this.#refuse('no hello');
    else if (frame.t === 'status') {
      const first = this.#status === undefined;
      this.#status = frame;
      if (first) this.#events.ready();
    } else if (frame.t === 'post') this.#events.post(frame);
    else {
      const pending = this.#pending.get(frame.id);
      this.#pending.delete(frame.id);
      pending?.cancel();
      pending?.resolve({ status: frame.status, body: frame.body });
    }
  }

  #refuse(reason: string): void {
    const unknown = this.#name === undefined ? 'a runner of another version, it seems: ' : '';
    this.#events.refused(`${unknown}${reason}`);
    this.#socket.close(1008);
  }

  #down(): void {
    if (!this.#cancelSilence) return;
    this.#cancelSilence();
    this.#cancelSilence = undefined;
    for (const { reject, cancel } of this.#pending.values()) {
      cancel();
      reject(new CodedError('runner-failed', 'the link to it was lost'));
    }
    this.#pending.clear();
    this.#events.closed();
  }
}
