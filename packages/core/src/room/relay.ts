/**
 * The relay: joins people to rooms, keeps their edits, and tells the others. Knows no transport; whoever has one
 * calls `open`, `receive` and `closed`, and is handed frames through the Publisher.
 */
import type { Clock } from '../clock.ts';
import { CodedError, codeOf, type ErrorCode, visibleError } from '../error/visible.ts';
import type { CodeSession, CodeSessions } from '../session/code-sessions.ts';
import { Attendance } from './attendance.ts';
import { fromBase64 } from './base64.ts';
import { Broadcaster } from './broadcaster.ts';
import { checkUpdate } from './check-update.ts';
import type { CompactionSchedule } from './compaction.ts';
import type { Connection, Connections, Role } from './connections.ts';
import type { Documents } from './documents.ts';
import { Door, type Passage } from './door.ts';
import type { ClientFrame, Cursor, Grouping, ServerFrame } from './frames.ts';
import type { History, RoomEvent } from './history.ts';
import type { ClientId, ConnectionId, PersonId, RoomId } from './ids.ts';
import { Paced } from './paced.ts';
import { PartBudget } from './parts.ts';
import { cleanName, colorFor, personOf } from './people.ts';
import { maySend } from './permission.ts';
import type { Publisher } from './publisher.ts';
import { syncFrame } from './sync.ts';
import type { TerminalFrames } from './terminal-frames.ts';
import { TokenBucket } from './token-bucket.ts';
import type { UpdateLog } from './update-log.ts';
import { readVector } from './vector.ts';

/** Connections in one room: each costs every other a message for each keystroke. */
const ROOM_CONNECTIONS = 60;
/** Bytes of unfinished frames, of all connections together: some thirty of the largest edits. */
const PART_BYTES = 64 * 1024 * 1024;
/** Milliseconds between two answers to what a connection says it holds: each may be the whole document. */
const EXCHANGE_MILLISECONDS = 2_000;
/** Milliseconds between two cursors of a connection, each of which goes to everyone. */
const CURSOR_MILLISECONDS = 50;
/** Milliseconds between two names of a connection. */
const NAME_MILLISECONDS = 1_000;
/**
 * Milliseconds a second that the edits of one connection may keep this thread busy over a longer time: a quick typist
 * takes one or two.
 */
const WORK_PER_SECOND = 200;
/** Milliseconds of it at once: what was typed in a long time offline. */
const WORK_BURST = 1_000;
/** Milliseconds between notes that a room is in use. */
const TOUCH_MILLISECONDS = 10 * 60_000;

export interface RelayOptions {
  readonly log: UpdateLog;
  readonly connections: Connections;
  readonly publisher: Publisher;
  readonly sessions: CodeSessions;
  readonly history: History;
  readonly documents: Documents;
  readonly compaction: Pick<CompactionSchedule, 'opened' | 'appended'>;
  readonly terminal: TerminalFrames;
  readonly clock: Clock;
  readonly grouping: Grouping;
  /** Milliseconds that an unused room is kept. */
  readonly roomMilliseconds: number;
  /** What somebody may do in a room (rule P1). */
  readonly roleOf: (session: CodeSession, person: PersonId) => Promise<Role> | Role;
  /** Told of what went wrong without anybody's doing. */
  readonly report: (problem: unknown, about: string) => void;
  readonly roomConnections?: number;
}

/** A connection as its transport knows it. */
export interface Arrival {
  readonly id: ConnectionId;
  readonly room: RoomId;
  readonly person: PersonId;
}

interface Guest extends Arrival {
  readonly door: Door;
  /** Milliseconds that its edits may take. */
  readonly work: TokenBucket;
  /** Counts up with every connection. */
  readonly order: number;
  readonly exchange: Paced<Frame<'vector'>>;
  readonly cursor: Paced<Cursor>;
  readonly name: Paced<string>;
}

type Frame<T extends ClientFrame['t']> = Extract<ClientFrame, { t: T }>;

export class Relay {
  readonly #options: RelayOptions;
  readonly #broadcaster: Broadcaster;
  readonly #guests = new Map<ConnectionId, Guest>();
  readonly #parts = new PartBudget(PART_BYTES);
  readonly #touched = new Map<RoomId, number>();
  readonly #attendance = new Attendance();
  #arrivals = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#broadcaster = new Broadcaster(options, (id) => this.#gone(id));
  }

  /** A connection was accepted; it has not joined yet. */
  open(arrival: Arrival): void {
    const { clock } = this.#options;
    const { id, room } = arrival;
    const paced = <T>(milliseconds: number, about: string, work: (latest: T) => Promise<void>) =>
      new Paced({ clock, milliseconds, work, failed: (problem) => void this.#failed(guest, { t: about }, problem) });
    const guest: Guest = {
      ...arrival,
      door: new Door(clock, this.#parts),
      work: new TokenBucket(WORK_PER_SECOND, WORK_BURST, clock),
      order: ++this.#arrivals,
      exchange: paced(EXCHANGE_MILLISECONDS, 'vector', (frame) => this.#sync(guest, frame.sv, frame.ds)),
      cursor: paced(CURSOR_MILLISECONDS, 'cursor', (k) =>
        this.#broadcaster.publish(room, { t: 'update', c: id, k }, id),
      ),
      name: paced(NAME_MILLISECONDS, 'name', (name) => this.#rename(guest, name)),
    };
    this.#guests.set(id, guest);
  }

  /** Whether a connection's `join` was accepted. */
  hasJoined(id: ConnectionId): boolean {
    return this.#guests.get(id)?.door.hasJoined ?? false;
  }

  /**
   * Handles one message; never rejects. Calls may overlap.
   * @returns once everything that follows from it was pushed
   */
  async receive(id: ConnectionId, text: string): Promise<void> {
    const guest = this.#guests.get(id);
    if (!guest) return;
    const passage = guest.door.pass(text);
    if (passage.kind === 'refused') await this.#refuse(guest, passage);
    if (passage.kind !== 'frame') return;
    const { frame } = passage;
    try {
      await this.#handle(guest, frame);
    } catch (error) {
      await this.#failed(guest, frame, error);
    }
  }

  async #failed(guest: Guest, frame: { t: string; c?: string; n?: number }, problem: unknown): Promise<void> {
    if (!(problem instanceof CodedError)) this.#options.report(problem, frame.t);
    const numbered = frame.n === undefined ? {} : { c: frame.c, n: frame.n };
    await this.#refuse(guest, { kind: 'refused', code: codeOf(problem), about: frame.t, ...numbered });
  }

  /** The transport noticed that a connection ended. */
  async closed(id: ConnectionId): Promise<void> {
    const guest = this.#guests.get(id);
    this.#guests.delete(id);
    guest?.door.close();
    for (const paced of [guest?.exchange, guest?.cursor, guest?.name]) paced?.drop();
    await this.#gone(id);
  }

  /** Cuts off everyone in a room that goes away. */
  async dismiss(room: RoomId, code: ErrorCode): Promise<void> {
    const here = await this.#options.connections.list(room);
    await Promise.all(
      here.map(async ({ id }) => {
        await this.#broadcaster.send(id, { t: 'error', code, error: visibleError(code), final: true });
        await this.#options.publisher.disconnect(id, visibleError(code).happened);
        await this.closed(id);
      }),
    );
    this.#options.documents.forget(room);
  }

  async #handle(guest: Guest, frame: ClientFrame): Promise<void> {
    if (frame.t === 'ping') return this.#broadcaster.send(guest.id, { t: 'pong' });
    if (frame.t === 'join') return this.#join(guest, frame);
    const connection = await this.#options.connections.find(guest.id);
    if (!connection) throw new CodedError('not-joined');
    if (!maySend(connection.role, frame.t)) throw new CodedError('not-allowed');
    switch (frame.t) {
      case 'edit':
        return this.#edit(guest, connection, frame);
      case 'cursor':
        return guest.cursor.ask(frame.k);
      case 'vector':
        return guest.exchange.ask(frame);
      case 'name':
        return guest.name.ask(cleanName(frame.name));
      case 'part':
        return;
      default:
        return this.#options.terminal.receive(connection, frame);
    }
  }

  /** Rule D2: registers first, then reads; whatever is appended from now on is published to the newcomer too. */
  async #join(guest: Guest, frame: Frame<'join'>): Promise<void> {
    const { connections, sessions, clock, compaction, grouping, roomMilliseconds } = this.#options;
    const session = await sessions.read(guest.room);
    if (!session) return this.#turnAway(guest, 'room-unknown');
    if (frame.epoch !== undefined && frame.epoch !== session.epoch) throw new CodedError('document-replaced');
    const others = (await connections.list(guest.room)).filter(({ id }) => id !== guest.id);
    const before = others.filter((other) => this.#replaces(guest, frame.c, other));
    const most = this.#options.roomConnections ?? ROOM_CONNECTIONS;
    if (others.length - before.length >= most) return this.#turnAway(guest, 'room-full');
    const connection: Connection = {
      id: guest.id,
      room: guest.room,
      person: guest.person,
      client: frame.c,
      name: cleanName(frame.name),
      color: colorFor(guest.person, others),
      role: await this.#options.roleOf(session, guest.person),
      joinedAt: clock.now(),
    };
    await connections.register(connection);
    const again = guest.door.hasJoined;
    guest.door.joined();
    guest.name.drop();
    // A room that is used does not expire; one that expired meanwhile is no more, whatever was read before.
    await this.#touch(guest.room);
    const current = await sessions.read(guest.room);
    if (!current) {
      await connections.remove(guest.id);
      this.#attendance.went(connection);
      return this.#turnAway(guest, 'room-unknown');
    }
    // Rule P1: what was changed before the registration was to be seen in no connection yet.
    const role = await this.#options.roleOf(current, guest.person);
    if (role !== connection.role) await connections.register({ ...connection, role });
    // It may have closed while it was being registered, when there was nothing to remove yet.
    if (!this.#guests.has(guest.id)) {
      await connections.remove(guest.id);
      return;
    }
    const came = this.#attendance.came(connection);
    compaction.opened(guest.room);
    const expiresAt = clock.now() + roomMilliseconds;
    const you = personOf(connection);
    await this.#broadcaster.send(guest.id, {
      t: 'welcome',
      you,
      epoch: session.epoch,
      group: grouping,
      expiresAt,
    });
    await Promise.all(before.map((other) => this.#replaced(other.id)));
    if (frame.sv === undefined) {
      // Too long for a join: it comes as a `vector` of its own.
    } else if (again) await guest.exchange.ask({ t: 'vector', sv: frame.sv, ds: frame.ds });
    else await this.#sync(guest, frame.sv, frame.ds);
    if (came) await this.#record(guest.room, { kind: 'joined', ...this.#who(guest.person), name: connection.name });
    await this.#broadcaster.people(guest.room, again ? undefined : guest.id);
  }

  /**
   * Whether a connection is an earlier one of the very page that now joins: a network that breaks tells the server of
   * it late or never, and the page is here again before.
   */
  #replaces(guest: Guest, client: ClientId, other: Connection): boolean {
    if (other.person !== guest.person || other.client !== client) return false;
    return (this.#guests.get(other.id)?.order ?? 0) < guest.order;
  }

  async #replaced(id: ConnectionId): Promise<void> {
    await this.closed(id);
    await this.#options.publisher.disconnect(id, 'The page is connected anew.');
  }

  async #rename(guest: Guest, name: string): Promise<void> {
    const { connections } = this.#options;
    const connection = await connections.find(guest.id);
    if (!connection) return;
    await connections.register({ ...connection, name });
    await this.#broadcaster.people(guest.room);
  }

  async #sync(guest: Guest, sv: string, deletions: string | undefined): Promise<void> {
    const vector = readVector(fromBase64(sv));
    if (!vector) throw new CodedError('frame-malformed', 'state vector');
    const doc = await this.#options.documents.read(guest.room);
    await this.#broadcaster.send(guest.id, syncFrame(doc, vector, deletions));
  }

  async #edit(guest: Guest, connection: Connection, frame: Frame<'edit'>): Promise<void> {
    const { log, documents, compaction, clock } = this.#options;
    const { room, person, id } = connection;
    // It brings where the cursor stands now.
    if (frame.k !== undefined) guest.cursor.drop();
    if (!guest.work.take(0)) throw new CodedError('too-fast', 'its edits cost too much');
    const update = fromBase64(frame.u);
    const check = this.#timed(guest, () => checkUpdate(update));
    if (check.kind === 'refused') throw new CodedError(check.code, check.why);
    const admission = await documents.admit(room, update, check.inserts, (spent) => guest.work.spend(spent));
    if (admission.kind === 'refused') throw new CodedError(admission.code);
    let appended = false;
    try {
      // The key lies in the author's own namespace: nobody can take another's place in the log.
      const key = `${person}/${frame.c}#${frame.n}`;
      appended = (await log.append(room, { key, update, author: person, at: clock.now() })) === 'appended';
      if (appended) this.#timed(guest, () => documents.appended(room, update));
    } finally {
      if (!appended) documents.release(room, update);
      admission.leave();
    }
    const acknowledged = this.#broadcaster.send(id, { t: 'ack', c: frame.c, n: [frame.n] });
    if (appended) {
      compaction.appended(room, update.length);
      const cursor = frame.k === undefined ? {} : { k: frame.k };
      await this.#broadcaster.publish(room, { t: 'update', c: id, u: frame.u, ...cursor }, id);
      await this.#touch(room);
    }
    await acknowledged;
  }

  /** Does something at a connection's expense. */
  #timed<T>(guest: Guest, work: () => T): T {
    const { clock } = this.#options;
    const from = clock.monotonic();
    try {
      return work();
    } finally {
      guest.work.spend(clock.monotonic() - from);
    }
  }

  async #refuse(guest: Guest, refused: Extract<Passage, { kind: 'refused' }>): Promise<void> {
    const { code, about, n, final } = refused;
    const frame: ServerFrame = {
      t: 'error',
      code,
      error: visibleError(code),
      about,
      c: refused.c as ClientId,
      n,
      final,
    };
    await this.#broadcaster.send(guest.id, frame);
    if (final || refused.closes) await this.#options.publisher.disconnect(guest.id, visibleError(code).happened);
  }

  async #turnAway(guest: Guest, code: ErrorCode): Promise<void> {
    // Room is made when somebody leaves: the page dials again.
    const final = code !== 'room-full';
    await this.#refuse(guest, { kind: 'refused', code, about: 'join', final, closes: true });
  }

  /** A connection that is no more: noticed by its transport, or by a push that did not reach it. */
  async #gone(id: ConnectionId): Promise<void> {
    const { connections, terminal, report } = this.#options;
    try {
      const connection = await connections.remove(id);
      if (!connection) return;
      // A runner that does not answer keeps nobody from leaving, nor a page from coming back.
      Promise.resolve(terminal.closed(connection)).catch((problem) => report(problem, 'leaving'));
      if (this.#attendance.went(connection))
        await this.#record(connection.room, { kind: 'left', ...this.#who(connection.person) });
      await this.#broadcaster.people(connection.room);
    } catch (problem) {
      report(problem, 'leaving');
    }
  }

  #who(person: PersonId): { at: number; person: PersonId } {
    return { at: this.#options.clock.now(), person };
  }

  /** What is only told later stands in nobody's way. */
  async #record(room: RoomId, event: RoomEvent): Promise<void> {
    await this.#options.history.record(room, event).catch((problem) => this.#options.report(problem, 'history'));
  }

  async #touch(room: RoomId): Promise<void> {
    const now = this.#options.clock.now();
    if (now - (this.#touched.get(room) ?? Number.NEGATIVE_INFINITY) < TOUCH_MILLISECONDS) return;
    for (const [other, at] of this.#touched) {
      if (now - at < TOUCH_MILLISECONDS) break;
      this.#touched.delete(other);
    }
    this.#touched.delete(room);
    this.#touched.set(room, now);
    await this.#options.sessions.touch(room, now).catch((problem) => this.#options.report(problem, 'touch'));
  }
}
