/** A network between clients and a relay that loses, repeats, delays and reorders, as a seed has it. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { ConnectionId, PersonId } from '@codeconnected/core/room/ids.ts';
import type { Random } from '@codeconnected/core/room/memory/random.ts';
import type { Publisher } from '@codeconnected/core/room/publisher.ts';
import type { Dial } from '../src/api.ts';

export interface Weather {
  /** Most milliseconds that a message takes; each draws its own, so they overtake each other. */
  delay: number;
  loss: number;
  repeat: number;
}

export const CALM: Weather = { delay: 0, loss: 0, repeat: 0 };

/** What the network talks to; another after every restart. */
export interface Server {
  open(id: ConnectionId, person: PersonId): void;
  receive(id: ConnectionId, text: string): void;
  closed(id: ConnectionId): void;
}

interface Wire {
  readonly person: PersonId;
  toClient: ((text: string) => void) | undefined;
  closeClient: (() => void) | undefined;
  /** Whether the server believes that it is there. */
  served: boolean;
}

export class Network {
  weather: Weather = CALM;
  /** Sees every message of the server before the weather does. */
  onPush: (to: ConnectionId, text: string) => void = () => undefined;
  /** Sees every message of a client likewise. */
  onSend: (from: ConnectionId, text: string) => void = () => undefined;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #wires = new Map<ConnectionId, Wire>();
  #server: Server | undefined;
  #ids = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get connections(): readonly ConnectionId[] {
    return [...this.#wires.keys()];
  }

  /** A server takes the place of the one before, which hears nothing any more. */
  serve(server: Server | undefined): void {
    this.#server = server;
    for (const [id, wire] of this.#wires) {
      wire.served = false;
      this.cut(id, 'both');
    }
  }

  /** A client's way to the server. */
  dial(person: PersonId): Dial {
    return (events) => {
      const id = `w${++this.#ids}` as ConnectionId;
      const wire: Wire = { person, toClient: events.message, closeClient: events.closed, served: false };
      this.#wires.set(id, wire);
      this.#later(() => {
        if (!wire.closeClient) return;
        if (!this.#server) {
          this.cut(id, 'client');
          return;
        }
        wire.served = true;
        this.#server.open(id, person);
        events.open();
      }, true);
      return {
        send: (text) => {
          this.onSend(id, text);
          this.#carry(() => wire.served && this.#server?.receive(id, text));
        },
        buffered: 0,
        close: () => {
          wire.toClient = undefined;
          wire.closeClient = undefined;
          // Whether the server ever hears of it is up to the weather.
          this.#carry(() => this.#closeServed(id, wire));
        },
      };
    };
  }

  /** Ends a connection; each side learns of it, or does not. */
  cut(id: ConnectionId, told: 'both' | 'client' | 'server' | 'nobody'): void {
    const wire = this.#wires.get(id);
    if (!wire) return;
    const { closeClient } = wire;
    wire.toClient = undefined;
    wire.closeClient = undefined;
    if (told === 'both' || told === 'client') closeClient?.();
    if (told === 'both' || told === 'server') this.#closeServed(id, wire);
    else wire.served = false;
    if (told !== 'nobody') this.#wires.delete(id);
  }

  readonly publisher: Publisher = {
    push: async (to, text) => {
      this.onPush(to, text);
      const wire = this.#wires.get(to);
      if (!wire) return 'gone';
      this.#carry(() => wire.toClient?.(text));
      return 'sent';
    },
    disconnect: async (id) => this.cut(id, 'both'),
  };

  #closeServed(id: ConnectionId, wire: Wire): void {
    if (wire.served) this.#server?.closed(id);
    wire.served = false;
    this.#wires.delete(id);
  }

  #carry(deliver: () => void): void {
    if (this.#random.chance(this.weather.loss)) return;
    this.#later(deliver);
    if (this.#random.chance(this.weather.repeat)) this.#later(deliver);
  }

  #later(deliver: () => void, always = false): void {
    const { delay } = this.weather;
    if (delay === 0 && !always) queueMicrotask(deliver);
    else this.#clock.after(this.#random() * delay, deliver);
  }
}
