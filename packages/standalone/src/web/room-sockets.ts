/** The WebSockets of rooms: who may open one, what comes in, who is still there. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '@codeconnected/core/clock.ts';
import { type ErrorCode, visibleError } from '@codeconnected/core/error/visible.ts';
import { type ConnectionId, drawAccessId, isRoomId, type PersonId, type RoomId } from '@codeconnected/core/room/ids.ts';
import { CLIENT_FRAME_BYTES } from '@codeconnected/core/room/limits.ts';
import type { Relay } from '@codeconnected/core/room/relay.ts';
import type { Guests } from '@codeconnected/core/session/site.ts';
import { type RawData, WebSocketServer } from 'ws';
import { addressGroup } from './address.ts';
import { cookieOf } from './cookie.ts';
import type { WebSocketPublisher } from './publisher.ts';
import { CLOSE, closeReason, errorText, RoomSocket } from './room-socket.ts';
import { refuseUpgrade } from './upgrade.ts';

/** Milliseconds until a connection must have joined: a page joins as soon as it is connected. */
const JOIN_MILLISECONDS = 10_000;
/** Milliseconds between pings; one that answered none since the last is dead. */
const HEARTBEAT_MILLISECONDS = 20_000;
/** Messages of one connection that are being handled, from which on it is not read further. */
const HANDLING_MOST = 64;
/** Connections that are told why they are refused, at a time; further ones get a status, which no page can show. */
const REFUSING_MOST = 100;
/** Milliseconds that one of them has for the closing handshake. */
const REFUSED_MILLISECONDS = 1_000;
/** Milliseconds that closing handshakes may take when the process ends. */
const LEAVING_MILLISECONDS = 2_000;

export interface RoomSocketsOptions {
  readonly relay: Pick<Relay, 'open' | 'receive' | 'closed' | 'hasJoined'>;
  readonly publisher: WebSocketPublisher;
  readonly guests: Pick<Guests, 'verify' | 'cookieName'>;
  readonly clock: Clock;
  readonly report: (problem: unknown, about: string) => void;
  /** Connections of this process. */
  readonly socketsMost: number;
  /** Connections of one address, or of one IPv6 network of 64 bits. */
  readonly socketsPerAddress: number;
  /** Connections of one person. */
  readonly socketsPerPerson: number;
}

export class RoomSockets {
  readonly #options: RoomSocketsOptions;
  readonly #server: WebSocketServer;
  readonly #addresses = new Counts<string>();
  readonly #persons = new Counts<PersonId>();
  readonly #alive = new WeakSet<RoomSocket>();
  /** Those that may join, or have: nobody else counts. */
  readonly #served = new Set<RoomSocket>();
  #refusing = 0;
  #cancelHeartbeat: () => void = () => undefined;

  constructor(options: RoomSocketsOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      WebSocket: RoomSocket,
      maxPayload: CLIENT_FRAME_BYTES,
      perMessageDeflate: false,
    });
    this.#beat();
  }

  /** Opens `/socket?room=ID`. Host and Origin were checked. What is wrong is said in a frame: a page sees no status. */
  async accept(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL, address: string): Promise<void> {
    const cookie = cookieOf(request.headers.cookie, this.#options.guests.cookieName);
    const person = cookie === undefined ? undefined : await this.#options.guests.verify(cookie);
    const room = url.searchParams.get('room') ?? '';
    if (socket.destroyed) return;
    const group = addressGroup(address);
    const { socketsMost, socketsPerAddress, socketsPerPerson } = this.#options;
    const open = (then: (opened: RoomSocket) => void) =>
      this.#server.handleUpgrade(request, socket, head, (opened) => {
        // What went wrong is answered by a close frame already.
        opened.on('error', () => undefined);
        then(opened);
      });
    const turnAway = (code: ErrorCode, final: boolean, status: number) => {
      if (this.#refusing >= REFUSING_MOST) return refuseUpgrade(socket, status, visibleError(code).happened);
      open((opened) => this.#refuse(opened, code, final));
    };
    if (person === undefined) return turnAway('guest-unknown', true, 403);
    if (!isRoomId(room)) return turnAway('room-unknown', true, 404);
    if (this.#served.size >= socketsMost) return turnAway('server-full', false, 503);
    if (this.#addresses.of(group) >= socketsPerAddress) return turnAway('server-full', false, 429);
    if (this.#persons.of(person) >= socketsPerPerson) return turnAway('server-full', false, 429);
    open((opened) => {
      this.#addresses.hold(group, opened);
      this.#persons.hold(person, opened);
      this.#serve(opened, room, person);
    });
  }

  /** Tells every page that the server restarts, and waits until they are gone. */
  async close(): Promise<void> {
    this.#cancelHeartbeat();
    const gone = [...this.#server.clients].map(
      (socket) =>
        new Promise<void>((done) => {
          socket.once('close', () => done());
          socket.close(CLOSE.restart, 'The server restarts.');
        }),
    );
    const cancel = this.#options.clock.after(LEAVING_MILLISECONDS, () => {
      for (const socket of this.#server.clients) socket.terminate();
    });
    await Promise.all(gone);
    cancel();
    this.#server.close();
  }

  #serve(socket: RoomSocket, room: RoomId, person: PersonId): void {
    const { relay, publisher, clock, report } = this.#options;
    const id = drawAccessId() as ConnectionId;
    let handling = 0;
    const done = () => {
      handling -= 1;
      if (handling < HANDLING_MOST && socket.isPaused) socket.resume();
    };
    const alive = () => this.#alive.add(socket);
    alive();
    this.#served.add(socket);
    publisher.hold(id, socket);
    relay.open({ id, room, person });
    socket.on('pong', alive);
    socket.on('message', (data: RawData, isBinary: boolean) => {
      alive();
      if (isBinary) {
        socket.send(errorText('frame-malformed', true));
        socket.close(CLOSE.unsupported, 'Binary messages are not taken.');
        return;
      }
      handling += 1;
      if (handling >= HANDLING_MOST) socket.pause();
      relay.receive(id, data.toString()).then(done, (problem) => {
        report(problem, 'receive');
        done();
      });
    });
    const cancelJoining = clock.after(JOIN_MILLISECONDS, () => {
      if (!relay.hasJoined(id)) this.#refuse(socket, 'not-joined', true);
    });
    socket.on('close', () => {
      this.#served.delete(socket);
      cancelJoining();
      relay.closed(id).catch((problem) => report(problem, 'closed'));
    });
  }

  /** Says why and closes, at once. @param final whether it is of no use to dial again */
  #refuse(socket: RoomSocket, code: ErrorCode, final: boolean): void {
    this.#refusing += 1;
    const cancel = this.#options.clock.after(REFUSED_MILLISECONDS, () => socket.terminate());
    socket.once('close', () => {
      this.#refusing -= 1;
      cancel();
    });
    socket.send(errorText(code, final));
    socket.close(CLOSE.refused, closeReason(code));
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#options.clock.after(HEARTBEAT_MILLISECONDS, () => {
      for (const socket of this.#served) {
        // From one that is not being read no answer could have come.
        if (this.#alive.delete(socket) || socket.isPaused) socket.ping();
        else socket.terminate();
      }
      this.#beat();
    });
  }
}

/** How many connections each has. */
class Counts<K> {
  readonly #counts = new Map<K, number>();

  /** How many connections one has. */
  of(key: K): number {
    return this.#counts.get(key) ?? 0;
  }

  /** Counts a connection until it is closed. */
  hold(key: K, socket: RoomSocket): void {
    this.#counts.set(key, this.of(key) + 1);
    socket.once('close', () => {
      const left = this.of(key) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    });
  }
}
