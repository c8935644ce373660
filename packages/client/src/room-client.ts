/**
 * The room as one page sees it: its document, who is there, whether all is saved, and the terminal. No framework, no
 * DOM: it runs in Node as in a browser.
 */
import { type Clock, systemClock } from '@codeconnected/core/clock.ts';
import { type ErrorCode, type VisibleError, visibleError } from '@codeconnected/core/error/visible.ts';
import { fromBase64, toBase64 } from '@codeconnected/core/room/base64.ts';
import { type Seed, switchLanguage } from '@codeconnected/core/room/document.ts';
import type { ClientFrameInput, Cursor, Grouping, ServerFrame } from '@codeconnected/core/room/frames.ts';
import { type ClientId, drawAccessId } from '@codeconnected/core/room/ids.ts';
import { JOIN_VECTOR_CHARACTERS, NAME_CHARACTERS, PROTOCOL_VERSION } from '@codeconnected/core/room/limits.ts';
import { deletionsIn, deletionsOf, readVector } from '@codeconnected/core/room/vector.ts';
import * as Y from 'yjs';
import type { Dial, Kept, LinkState, Outbox, PersonPresent, RoomClient, RoomClientEvents, SavingState } from './api.ts';
import { CursorSender } from './cursor-sender.ts';
import { EditSender } from './edit-sender.ts';
import { Emitter } from './emitter.ts';
import { ExchangeRhythm } from './exchange.ts';
import { Keeper } from './keeper.ts';
import { Link } from './link.ts';
import { Losses, straysIn } from './lost-text.ts';
import { Presence } from './presence.ts';
import { TerminalSide } from './terminal-side.ts';

/** How things are grouped until the server says otherwise. */
const GROUPING: Grouping = {
  editMilliseconds: 20,
  eager: false,
  cursorMilliseconds: 60,
  vectorMilliseconds: 30_000,
  pingMilliseconds: 20_000,
};
/** Between looks at what is overdue. */
const TICK_MILLISECONDS = 1_000;
/** Document frames that are kept while the welcome has not come. */
const EARLY_FRAMES_MOST = 1_000;

/** Transaction origin of everything that was not done in this page; an undo manager must not track it (rule D5). */
export const FROM_ELSEWHERE = { origin: 'room' } as const;

export interface RoomClientOptions {
  readonly dial: Dial;
  readonly outbox: Outbox;
  readonly name: string;
  /** The machine's own unless a test turns it. */
  readonly clock?: Clock;
  /** Jitter, between 0 and 1. */
  readonly random?: () => number;
  /** Fresh for every page load. */
  readonly client?: ClientId;
}

/** Makes the client of one room; its `open` starts it. */
export function createRoomClient(options: RoomClientOptions): RoomClient {
  return new Client(options);
}

class Client implements RoomClient {
  readonly #clock: Clock;
  readonly #client: ClientId;
  readonly #emitter = new Emitter<RoomClientEvents>();
  readonly #presence = new Presence();
  readonly #keeper: Keeper;
  readonly #wire: Link;
  readonly #edits: EditSender;
  readonly #cursor: CursorSender;
  readonly #terminal: TerminalSide;
  readonly #exchange = new ExchangeRhythm();
  readonly #losses = new Losses();
  #doc = new Y.Doc();
  #epoch: string | undefined;
  #name: string;
  #grouping = GROUPING;
  #link: LinkState = { kind: 'connecting' };
  #lastSaving: SavingState = 'saved';
  /** The connection was lost, and has not come back. */
  #down = false;
  #synced = false;
  /** The welcome of this connection came. */
  #welcomed = false;
  #early: ServerFrame[] = [];
  /** The join said nothing of what is held here: it is too much for one. */
  #unsaid = false;
  /** Why the server has no place for now, once it was said. */
  #turnedAway: ErrorCode | undefined;
  #cancelTick: (() => void) | undefined;
  #closed = false;

  constructor(options: RoomClientOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#client = options.client ?? (drawAccessId() as ClientId);
    this.#name = cutName(options.name);
    this.#keeper = new Keeper({
      outbox: options.outbox,
      clock: this.#clock,
      client: this.#client,
      epoch: () => this.#epoch,
      document: () => Y.encodeStateAsUpdate(this.#doc),
      lost: () => this.#emitter.emit('keeps', false),
    });
    this.#wire = new Link({
      dial: options.dial,
      clock: this.#clock,
      random: options.random ?? Math.random,
      events: {
        dialling: () => this.#setLink({ kind: 'connecting' }),
        opened: () => this.#join(),
        frame: (frame) => this.#frame(frame),
        lost: (retryInMilliseconds) => this.#lost(retryInMilliseconds),
      },
    });
    const common = {
      client: this.#client,
      clock: this.#clock,
      ready: () => this.#welcomed,
      send: (frame: ClientFrameInput) => this.#wire.send(frame),
      fail: (code: ErrorCode, about: string) => this.#emitter.emit('error', visibleError(code), about),
    };
    this.#cursor = new CursorSender({
      clock: this.#clock,
      cursorMilliseconds: () => this.#grouping.cursorMilliseconds,
      ready: () => this.#welcomed && !this.#edits.grouping,
      send: (k) => this.#wire.send({ t: 'cursor', k }),
    });
    this.#edits = new EditSender({
      ...common,
      buffered: () => this.#wire.buffered,
      keeper: this.#keeper,
      doc: () => this.#doc,
      grouping: () => this.#grouping,
      takeCursor: () => this.#cursor.take(),
      changed: () => this.#announceSaving(),
    });
    this.#terminal = new TerminalSide({
      ...common,
      vector: () => this.#vector(),
      doc: () => this.#doc,
      events: {
        screen: ({ d, columns, rows }) => this.#emitter.emit('screen', { data: d, columns, rows }),
        output: ({ d, columns, rows, clear }) => this.#emitter.emit('output', { data: d, columns, rows, clear }),
        state: (state) => this.#emitter.emit('terminal', state),
      },
    });
    this.#listen();
  }

  get doc() {
    return this.#doc;
  }
  get link() {
    return this.#link;
  }
  get synced() {
    return this.#synced;
  }
  get people(): readonly PersonPresent[] {
    return this.#presence.people;
  }
  get terminal() {
    return this.#terminal.state;
  }
  get saving(): SavingState {
    if (this.#link.kind === 'live') return this.#edits.unsaved ? 'saving' : 'saved';
    return this.#edits.unsaved || this.#down ? 'offline' : 'saved';
  }
  get unsaved() {
    return this.#edits.unsaved;
  }
  get keeps() {
    return this.#keeper.durable;
  }
  get lost() {
    return this.#losses.text;
  }

  on<E extends keyof RoomClientEvents>(event: E, listener: RoomClientEvents[E]): () => void {
    return this.#emitter.on(event, listener);
  }

  async open(): Promise<void> {
    const kept = await this.#keeper.load();
    if (this.#closed) return;
    this.#epoch ??= kept.epoch ?? kept.edits.findLast(({ epoch }) => epoch !== undefined)?.epoch;
    if (kept.document) this.#apply(kept.document);
    this.#takeOver(kept, true);
    this.#tick();
    this.#wire.dial();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#edits.flush();
    this.#closed = true;
    this.#cancelTick?.();
    this.#wire.close();
    this.#disconnected(true);
    this.#cursor.close();
    await this.#keeper.close();
  }

  recovered(): void {
    this.#keeper.recovered(this.#losses.clear());
    this.#emitter.emit('lost', undefined);
  }

  flush(): void {
    this.#edits.flush();
  }

  retry(): void {
    this.#wire.retry();
  }

  setName(name: string): void {
    this.#name = cutName(name);
    if (this.#welcomed) this.#wire.send({ t: 'name', name: this.#name });
  }

  setCursor(cursor: Cursor): void {
    this.#cursor.set(cursor);
  }

  run(size: { columns: number; rows: number }): void {
    // So that the server gets what the vector counts before it is asked to run it.
    this.#edits.flush();
    const deletions = deletionsIn(this.#edits.updates, this.doc);
    const del = deletions && { del: toBase64(deletions) };
    this.#terminal.command({ t: 'run', run: drawAccessId(), sv: this.#vector(), ...del, ...size });
  }

  stop(): void {
    this.#terminal.command({ t: 'stop' });
  }

  interrupt(): void {
    this.#terminal.command({ t: 'interrupt' });
  }

  reset(): void {
    this.#terminal.command({ t: 'reset' });
  }

  clear(): void {
    this.#terminal.command({ t: 'clear' });
  }

  switchLanguage(seed: Seed): void {
    switchLanguage(this.#doc, seed, this);
    this.#edits.flush();
    this.#terminal.languageSwitched();
  }

  input(data: string, size?: { columns: number; rows: number }): void {
    this.#terminal.type(data, size);
  }

  #listen(): void {
    this.#doc.on('update', (update: Uint8Array, origin: unknown, _: Y.Doc, { deleteSet }: Y.Transaction) => {
      this.#exchange.touched();
      if (deleteSet.clients.size > 0) this.#edits.madeRoom();
      this.#keeper.changed();
      if (origin !== FROM_ELSEWHERE) this.#edits.local(update);
    });
  }

  #join(): void {
    this.#welcomed = false;
    this.#early = [];
    this.#edits.asking();
    const frame = { t: 'join', v: PROTOCOL_VERSION, c: this.#client, name: this.#name } as const;
    const sv = this.#vector();
    this.#unsaid = sv.length > JOIN_VECTOR_CHARACTERS;
    const held = this.#unsaid ? {} : { sv, ds: deletionsOf(this.#doc) };
    this.#wire.send({ ...frame, ...held, epoch: this.#epoch });
  }

  #frame(frame: ServerFrame): void {
    // Which document it is about is only known with the welcome, and frames may overtake each other (rule W2).
    if (!this.#welcomed && (frame.t === 'sync' || frame.t === 'update' || frame.t === 'people')) {
      if (this.#early.length < EARLY_FRAMES_MOST) this.#early.push(frame);
      return;
    }
    switch (frame.t) {
      case 'welcome':
        this.#welcome(frame);
        break;
      case 'sync':
        this.#sync(frame);
        break;
      case 'update':
        this.#update(frame);
        break;
      case 'ack':
        this.#edits.acknowledged(frame.c, frame.n);
        break;
      case 'people':
        this.#people(frame);
        break;
      case 'error':
        this.#error(frame);
        break;
      case 'screen':
      case 'output':
      case 'terminal':
      case 'taken':
        this.#terminal.frame(frame);
        break;
    }
  }

  #welcome(frame: Extract<ServerFrame, { t: 'welcome' }>): void {
    if (this.#welcomed) return;
    if (this.#epoch !== undefined && this.#epoch !== frame.epoch) {
      this.#replaced();
      return;
    }
    this.#epoch = frame.epoch;
    this.#grouping = frame.group;
    this.#presence.welcome(frame.you);
    this.#welcomed = true;
    this.#turnedAway = undefined;
    this.#emitter.emit('expires', frame.expiresAt);
    this.#edits.connected();
    void this.#reload();
    if (this.#unsaid) this.#say();
    this.#terminal.welcomed();
    this.#cursor.again();
    for (const early of this.#early.splice(0)) this.#frame(early);
  }

  #sync(frame: Extract<ServerFrame, { t: 'sync' }>): void {
    if (frame.u) this.#apply(fromBase64(frame.u));
    const theirs = readVector(fromBase64(frame.sv));
    if (!frame.last || !theirs) return;
    if (this.#link.kind !== 'live') this.#live();
    this.#edits.synced(theirs, frame.ds);
  }

  #live(): void {
    this.#exchange.done(this.#clock.monotonic());
    this.#wire.joined(this.#grouping.pingMilliseconds);
    this.#down = false;
    this.#setLink({ kind: 'live' });
    if (this.#synced) return;
    this.#synced = true;
    this.#keeper.keepNow();
    this.#emitter.emit('synced');
  }

  #update(frame: Extract<ServerFrame, { t: 'update' }>): void {
    if (frame.u) {
      this.#edits.remote();
      this.#apply(fromBase64(frame.u));
    }
    if (frame.k === undefined) return;
    this.#presence.cursor(frame.c, frame.k);
    this.#emitter.emit('people', this.people);
  }

  #people(frame: Extract<ServerFrame, { t: 'people' }>): void {
    const strangers = this.#presence.list(frame.v, frame.people);
    if (strangers === undefined) return;
    if (strangers) this.#cursor.again();
    this.#emitter.emit('people', this.people);
  }

  #error({ code, about, c, n, error, final }: Extract<ServerFrame, { t: 'error' }>): void {
    if (code === 'document-replaced') {
      this.#replaced();
      return;
    }
    // The server lost sight of this connection: a new one joins, and sends again what is not acknowledged.
    if (code === 'not-joined') {
      this.#wire.drop();
      return;
    }
    let show = true;
    if (!final && (code === 'room-full' || code === 'server-full')) {
      // Said once; the page goes on trying with growing waits.
      show = this.#turnedAway !== code;
      this.#turnedAway = code;
      this.#wire.drop();
    } else if (final) this.#end(error);
    else if (about === 'edit' && n !== undefined) show = this.#edits.refused(code, c ?? this.#client, n);
    else if (code === 'too-fast') {
      this.#edits.slower();
      show = false;
    } else if (about === 'input') this.#terminal.refused(n);
    if (show) this.#emitter.emit('error', error, about);
  }

  /** Rule D4: another document took this one's place. The text is kept for the person, the page starts anew. */
  #replaced(): void {
    if (this.#epoch !== undefined) {
      const lost = { id: drawAccessId(), epoch: this.#epoch, document: Y.encodeStateAsUpdate(this.#doc) };
      this.#keeper.setAside(lost, this.#edits.names);
      this.#losses.add(lost);
    }
    this.#edits.clear();
    this.#cursor.clear();
    this.#epoch = undefined;
    this.#synced = false;
    this.#doc.destroy();
    this.#doc = new Y.Doc();
    this.#listen();
    this.#wire.drop(true);
    this.#emitter.emit('replaced');
    this.#emitter.emit('lost', this.lost);
    this.#announceSaving();
  }

  /** Takes what a page left that was closed while this one is open. */
  async #reload(): Promise<void> {
    const kept = await this.#keeper.load();
    if (!this.#closed && this.#welcomed) this.#takeOver(kept, false);
  }

  /** @param living takes edits of open pages too, so that all are shown though nobody can be asked for them */
  #takeOver(kept: Kept, living: boolean): void {
    for (const edit of kept.edits) {
      const ours = edit.epoch === undefined || edit.epoch === this.#epoch;
      if (!ours || edit.client === this.#client || (edit.living && !living)) continue;
      this.#apply(edit.update);
      this.#edits.adopt(edit);
    }
    let lost = false;
    for (const document of kept.lost) lost = this.#losses.add(document) || lost;
    for (const { document, edits } of straysIn(kept, this.#epoch)) {
      this.#keeper.setAside(document, edits);
      lost = this.#losses.add(document) || lost;
    }
    if (lost) this.#emitter.emit('lost', this.lost);
    this.#edits.pump();
    this.#announceSaving();
  }

  #lost(retryInMilliseconds: number): void {
    this.#disconnected();
    this.#setLink({ kind: 'offline', retryInMilliseconds });
  }

  #end(error: VisibleError): void {
    this.#wire.close();
    this.#disconnected(true);
    this.#setLink({ kind: 'ended', error });
  }

  #disconnected(forever = false): void {
    this.#welcomed = false;
    this.#down = true;
    this.#early = [];
    this.#edits.disconnected();
    this.#terminal.disconnected(forever);
  }

  #tick(): void {
    if (this.#closed || this.#link.kind === 'ended') return;
    this.#cancelTick = this.#clock.after(TICK_MILLISECONDS, () => this.#tick());
    this.#wire.tick();
    if (!this.#welcomed) return;
    this.#edits.tick();
    this.#terminal.tick();
    this.#cursor.plan();
    if (this.#link.kind !== 'live') return;
    if (!this.#exchange.due(this.#clock.monotonic(), this.#grouping.vectorMilliseconds)) return;
    void this.#reload();
    this.#say();
  }

  /** Says what is held here; a sync answers it. */
  #say(): void {
    this.#edits.asking();
    this.#wire.send({ t: 'vector', sv: this.#vector(), ds: deletionsOf(this.#doc) });
  }

  #apply(update: Uint8Array): void {
    try {
      Y.applyUpdate(this.#doc, update, FROM_ELSEWHERE);
    } catch (error) {
      console.error('An update of the room could not be applied:', error);
    }
  }

  #vector(): string {
    return toBase64(Y.encodeStateVector(this.#doc));
  }

  #setLink(state: LinkState): void {
    this.#link = state;
    this.#emitter.emit('link', state);
    this.#announceSaving();
  }

  #announceSaving(): void {
    const saving = this.saving;
    if (saving === this.#lastSaving) return;
    this.#lastSaving = saving;
    this.#emitter.emit('saving', saving);
  }
}

function cutName(name: string): string {
  return name.trim().slice(0, NAME_CHARACTERS);
}
