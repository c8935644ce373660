/**
 * Pushes frames to WebSockets. A push never waits for its receiver: it is put into a bounded buffer, and a receiver
 * that lets that grow too large, or takes nothing for too long, is cut off (rule W3).
 */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { ConnectionId } from '@codeconnected/core/room/ids.ts';
import type { Delivery, Publisher } from '@codeconnected/core/room/publisher.ts';
import { WebSocket } from 'ws';
import { CLOSE, closeReason } from './room-socket.ts';

/** Milliseconds in which a receiver must take something of what waits for it: longer than a change of networks. */
const STALL_MILLISECONDS = 10_000;
/** Milliseconds that a closing handshake may take. */
const CLOSING_MILLISECONDS = 5_000;

export interface PublisherOptions {
  readonly clock: Clock;
  /** Bytes that may wait for one connection: a whole document and what is typed meanwhile. */
  readonly waitingBytes: number;
  readonly stallMilliseconds?: number;
}

interface Held {
  readonly socket: WebSocket;
  /** Frames handed to the socket that it has not passed on. */
  waiting: number;
  /** When the receiver last took something. */
  tookAt: number;
  cancel: (() => void) | undefined;
}

export class WebSocketPublisher implements Publisher {
  readonly #options: Required<PublisherOptions>;
  readonly #held = new Map<ConnectionId, Held>();

  constructor(options: PublisherOptions) {
    this.#options = { stallMilliseconds: STALL_MILLISECONDS, ...options };
  }

  /** Takes a connection under this id until it closes. */
  hold(id: ConnectionId, socket: WebSocket): void {
    const held: Held = { socket, waiting: 0, tookAt: 0, cancel: undefined };
    this.#held.set(id, held);
    socket.once('close', () => {
      held.cancel?.();
      this.#held.delete(id);
    });
  }

  async push(to: ConnectionId, text: string): Promise<Delivery> {
    const held = this.#held.get(to);
    if (!held || held.socket.readyState !== WebSocket.OPEN) return 'gone';
    if (held.socket.bufferedAmount + text.length > this.#options.waitingBytes) return this.#cutOff(to, held);
    if (held.waiting === 0) held.tookAt = this.#options.clock.monotonic();
    held.waiting += 1;
    held.socket.send(text, () => {
      held.waiting -= 1;
      held.tookAt = this.#options.clock.monotonic();
      if (held.waiting > 0) return;
      held.cancel?.();
      held.cancel = undefined;
    });
    if (held.waiting > 0) this.#watch(to, held);
    return 'sent';
  }

  async disconnect(id: ConnectionId, reason: string): Promise<void> {
    const held = this.#held.get(id);
    if (!held) return;
    held.socket.close(CLOSE.refused, closeReason(reason));
    const cancel = this.#options.clock.after(CLOSING_MILLISECONDS, () => held.socket.terminate());
    held.socket.once('close', cancel);
  }

  /** Looks again when the receiver has had its time; one timer for each that has something waiting. */
  #watch(id: ConnectionId, held: Held): void {
    if (held.cancel) return;
    const { clock, stallMilliseconds } = this.#options;
    const left = Math.max(0, held.tookAt + stallMilliseconds - clock.monotonic());
    held.cancel = clock.after(left, () => {
      held.cancel = undefined;
      if (held.waiting === 0) return;
      if (clock.monotonic() - held.tookAt >= stallMilliseconds) this.#cutOff(id, held);
      else this.#watch(id, held);
    });
  }

  #cutOff(id: ConnectionId, held: Held): Delivery {
    this.#held.delete(id);
    held.cancel?.();
    held.socket.terminate();
    return 'slow';
  }
}
