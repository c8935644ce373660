/**
 * The room as one page sees it. Groups what happens into frames, keeps it until the store has it, applies what
 * others do, and follows the terminal. No framework, no DOM: it runs in Node as in a browser.
 */
import { type Clock, systemClock } from '@codeconnected/core/clock.ts';
import { type VisibleError, visibleError } from '@codeconnected/core/error/visible.ts';
import { fromBase64, toBase64 } from '@codeconnected/core/room/base64.ts';
import { readDocument, type Seed, switchLanguage } from '@codeconnected/core/room/document.ts';
import type { Cursor, Grouping, ServerFrame } from '@codeconnected/core/room/frames.ts';
import { type ClientId, drawAccessId } from '@codeconnected/core/room/ids.ts';
import { EDIT_BYTES, NAME_CHARACTERS } from '@codeconnected/core/room/limits.ts';
import { covers, deletionsOf, readVector, vectorOf } from '@codeconnected/core/room/vector.ts';
import * as Y from 'yjs';
import type {
  Dial,
  LinkState,
  Outbox,
  PendingEdit,
  PersonPresent,
  RoomClient,
  RoomClientEvents,
  SavingState,
} from './api.ts';
import { EditQueue } from './edits.ts';
import { Emitter } from './emitter.ts';
import { Keeper } from './keeper.ts';
import { Link } from './link.ts';
import { Presence } from './presence.ts';
import { TerminalView } from './terminal-view.ts';
import { TypingQueue } from './typing.ts';

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
/** Milliseconds that nothing is sent after the server asked to go slower. */
const SLOWER_MILLISECONDS = 1_000;
/** Milliseconds between tries to bring in what the server refused for now. */
const RECOVERY_MILLISECONDS = 1_000;
/** Exchanges of vectors without any edit in between, after which only every tenth takes place. */
const IDLE_EXCHANGES = 10;
/** Document frames kept while the welcome has not come. */
const EARLY_FRAMES_MOST = 1_000;

/** Transaction origin of everything that was not done in this page; an undo manager must not track it. */
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

/** Makes the client of one room; `open` starts it. */
export function createRoomClient(options: RoomClientOptions): RoomClient {
  return new Client(options);
}

class Client implements RoomClient {
  readonly #clock: Clock;
  readonly #emitter = new Emitter<RoomClientEvents>();
  readonly #edits: EditQueue;
  readonly #typing = new TypingQueue();
  readonly #presence = new Presence();
  readonly #keeper: Keeper;
  readonly #wire: Link;
  readonly #view: TerminalView;
  #doc = new Y.Doc();
  #epoch: string | undefined;
  #name: string;
  #grouping = GROUPING;
  #link: LinkState = { kind: 'connecting' };
  #down = false;
  #synced = false;
  #lastSaving: SavingState = 'saved';
  /** The welcome of this connection came. */
  #welcomed = false;
  #early: ServerFrame[] = [];
  #group: Uint8Array[] = [];
  #cancelGroup: (() => void) | undefined;
  #lastFlush = Number.NEGATIVE_INFINITY;
  #cursor: Cursor = null;
  #cursorUnsent = false;
  #cancelCursor: (() => void) | undefined;
  #lastCursor = Number.NEGATIVE_INFINITY;
  #cancelTick: (() => void) | undefined;
  #cancelWatch: (() => void) | undefined;
  #slowUntil = 0;
  #lastRecovery = Number.NEGATIVE_INFINITY;
  /** An own edit was refused for good; nothing here counts as saved any more. */
  #refused = false;
  #languageUnsent = false;
  #lastExchange = 0;
  #idleExchanges = 0;
  #touched = false;
  /** Own edits, sent or acknowledged, since the last vector went out. */
  #ownSinceVector = false;
  #serverVector = new Map<number, number>();
  #closed = false;

  constructor(options: RoomClientOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#name = options.name.trim().slice(0, NAME_CHARACTERS);
    this.#edits = new EditQueue(options.client ?? (drawAccessId() as ClientId));
    this.#keeper = new Keeper(options.outbox, this.#clock, () =>
      this.#epoch === undefined ? undefined : { epoch: this.#epoch, document: Y.encodeStateAsUpdate(this.#doc) },
    );
    this.#view = new TerminalView({
      screen: ({ d, columns, rows }) => this.#emitter.emit('screen', { data: d, columns, rows }),
      output: ({ d, columns, rows, clear }) => this.#emitter.emit('output', { data: d, columns, rows, clear }),
      state: (state) => this.#emitter.emit('terminal', state),
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
    this.#listen();
  }

  get doc(): Y.Doc {
    return this.#doc;
  }
  get link(): LinkState {
    return this.#link;
  }
  get synced(): boolean {
    return this.#synced;
  }
  get people(): readonly PersonPresent[] {
    return this.#presence.people;
  }
  get terminal() {
    return this.#view.state;
  }
  get saving(): SavingState {
    const unsaved = this.#edits.size > 0 || this.#group.length > 0 || this.#refused;
    if (this.#link.kind === 'live') return unsaved ? 'saving' : 'saved';
    return unsaved || this.#down ? 'offline' : 'saved';
  }

  on<E extends keyof RoomClientEvents>(event: E, listener: RoomClientEvents[E]): () => void {
    return this.#emitter.on(event, listener);
  }

  async open(): Promise<void> {
    const { epoch, document, edits } = await this.#keeper.load();
    if (this.#closed) return;
    this.#epoch ??= epoch;
    if (document) this.#apply(document);
    for (const edit of edits) {
      this.#apply(edit.update);
      this.#edits.adopt(edit);
    }
    this.#announceSaving();
    this.#tick();
    this.#wire.dial();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#cancelTick?.();
    this.#cancelCursor?.();
    this.#cancelWatch?.();
    this.#wire.close();
    await this.#keeper.close();
  }

  retry(): void {
    this.#wire.retry();
  }

  setName(name: string): void {
    this.#name = name.trim().slice(0, NAME_CHARACTERS);
    if (this.#welcomed) this.#wire.send({ t: 'name', name: this.#name });
  }

  setCursor(cursor: Cursor): void {
    this.#touched = true;
    this.#cursor = cursor;
    this.#cursorUnsent = true;
    this.#planCursor();
  }

  run(size: { columns: number; rows: number }): void {
    this.#flush();
    if (!this.#connected('run')) return;
    this.#wire.send({ t: 'run', run: drawAccessId(), sv: this.#vector(), ...size });
  }

  stop(): void {
    if (this.#connected('stop')) this.#wire.send({ t: 'stop' });
  }

  interrupt(): void {
    this.#typing.giveUp();
    if (this.#connected('interrupt')) this.#wire.send({ t: 'interrupt' });
  }

  reset(): void {
    this.#typing.giveUp();
    if (this.#connected('reset')) this.#wire.send({ t: 'reset' });
  }

  clear(): void {
    if (this.#connected('clear')) this.#wire.send({ t: 'clear' });
  }

  switchLanguage(seed: Seed): void {
    switchLanguage(this.#doc, seed, this);
    this.#flush();
    this.#languageUnsent = true;
    this.#sendLanguage();
  }

  input(data: string, size?: { columns: number; rows: number }): void {
    if (!this.#typing.add(data, size)) return this.#fail('input-too-fast', 'input');
    this.#sendInput();
  }

  // What happens here

  #listen(): void {
    this.#doc.on('update', (update: Uint8Array, origin: unknown) => {
      this.#keeper.changed();
      if (origin === FROM_ELSEWHERE) return;
      this.#touched = true;
      this.#group.push(update);
      this.#planFlush();
      this.#announceSaving();
    });
  }

  #planFlush(): void {
    if (this.#cancelGroup) return;
    const { editMilliseconds, eager } = this.#grouping;
    const since = this.#clock.monotonic() - this.#lastFlush;
    const wait = eager ? Math.max(0, editMilliseconds - since) : editMilliseconds;
    this.#cancelGroup = this.#clock.after(wait, () => this.#flush());
  }

  /** Ends the group: one numbered edit, kept before it is sent. */
  #flush(): void {
    this.#cancelGroup?.();
    this.#cancelGroup = undefined;
    if (this.#group.length === 0) return;
    const update = this.#group.length === 1 ? this.#group[0]! : Y.mergeUpdates(this.#group);
    this.#group = [];
    this.#lastFlush = this.#clock.monotonic();
    const edit = this.#edits.add(update);
    this.#keeper.put(edit);
    if (update.length > EDIT_BYTES) {
      this.#edits.hold(edit.client, edit.sequence);
      this.#fail('update-too-large', 'edit');
    }
    this.#pump();
  }

  /** Sends what may be sent now. */
  #pump(): void {
    const now = this.#clock.monotonic();
    if (!this.#welcomed || now < this.#slowUntil) return;
    this.#recover(now);
    for (let going = this.#edits.next(now); going; going = this.#edits.next(now)) {
      const { edit, merged } = going;
      if (merged.length > 0) this.#keeper.replace(edit, edit.client, merged);
      this.#ownSinceVector = true;
      const u = toBase64(edit.update);
      if (this.#cursorUnsent && this.#group.length === 0) {
        this.#cursorSent(now);
        this.#wire.send({ t: 'edit', c: edit.client, n: edit.sequence, u, k: this.#cursor });
      } else {
        this.#wire.send({ t: 'edit', c: edit.client, n: edit.sequence, u });
      }
    }
  }

  /**
   * Brings in what the server refused for now, as one update of what it lacks: a copy without an undo stack has
   * forgotten the text that was deleted again, so that deleting makes it small enough.
   */
  #recover(now: number): void {
    if (!this.#edits.retriable || now - this.#lastRecovery < RECOVERY_MILLISECONDS) return;
    this.#lastRecovery = now;
    const copy = new Y.Doc();
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(this.#doc));
    const lacking = Y.encodeStateAsUpdate(copy, Y.encodeStateVector(this.#serverVector));
    copy.destroy();
    if (lacking.length > EDIT_BYTES) return;
    const { edit, instead } = this.#edits.replaceWaiting(lacking);
    this.#keeper.put(edit);
    for (const { client, sequence } of instead) this.#keeper.acknowledged(client, [sequence]);
  }

  #planCursor(): void {
    if (this.#cancelCursor || !this.#welcomed || !this.#cursorUnsent) return;
    const wait = Math.max(0, this.#lastCursor + this.#grouping.cursorMilliseconds - this.#clock.monotonic());
    this.#cancelCursor = this.#clock.after(wait, () => {
      this.#cancelCursor = undefined;
      // With an edit on its way the cursor travels in its frame.
      if (!this.#welcomed || !this.#cursorUnsent || this.#group.length > 0) return;
      this.#cursorSent(this.#clock.monotonic());
      this.#wire.send({ t: 'cursor', k: this.#cursor });
    });
  }

  #cursorSent(now: number): void {
    this.#cursorUnsent = false;
    this.#lastCursor = now;
  }

  #sendInput(): void {
    if (!this.#welcomed) return;
    for (const { n, d, size } of this.#typing.due(this.#clock.monotonic())) {
      this.#wire.send({ t: 'input', c: this.#edits.client, n, b: this.#typing.base, d, ...size });
    }
  }

  #sendLanguage(): void {
    if (!this.#welcomed || !this.#languageUnsent) return;
    this.#languageUnsent = false;
    this.#wire.send({ t: 'language', sv: this.#vector() });
  }

  #sendWatch(): void {
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
    if (!this.#welcomed) return;
    const now = this.#clock.monotonic();
    if (this.#view.watchDue(now)) this.#wire.send({ t: 'watch' });
    const { watchAt } = this.#view;
    if (watchAt !== undefined) this.#cancelWatch = this.#clock.after(watchAt - now, () => this.#sendWatch());
  }

  // What the server says

  #join(): void {
    this.#welcomed = false;
    this.#early = [];
    const c = this.#edits.client;
    const common = { t: 'join', v: 1, c, sv: this.#vector(), ds: deletionsOf(this.#doc), name: this.#name } as const;
    this.#wire.send(this.#epoch === undefined ? common : { ...common, epoch: this.#epoch });
  }

  #frame(frame: ServerFrame): void {
    const now = this.#clock.monotonic();
    if (!this.#welcomed && (frame.t === 'sync' || frame.t === 'update' || frame.t === 'people')) {
      if (this.#early.length < EARLY_FRAMES_MOST) this.#early.push(frame);
      return;
    }
    switch (frame.t) {
      case 'welcome':
        return this.#welcome(frame);
      case 'sync':
        return this.#sync(frame);
      case 'update':
        this.#touched = true;
        if (frame.u) this.#apply(fromBase64(frame.u));
        if (frame.k === undefined) return;
        this.#presence.cursor(frame.c, frame.k);
        return this.#emitter.emit('people', this.people);
      case 'ack':
        if (!this.#edits.acknowledge(frame.c, frame.n)) return;
        this.#ownSinceVector = true;
        this.#keeper.acknowledged(frame.c, frame.n);
        this.#announceSaving();
        return this.#pump();
      case 'people': {
        const strangers = this.#presence.list(frame.v, frame.people);
        if (strangers === undefined) return;
        if (strangers && this.#cursor) {
          this.#cursorUnsent = true;
          this.#planCursor();
        }
        return this.#emitter.emit('people', this.people);
      }
      case 'screen':
        this.#view.screen(frame);
        return this.#sendWatch();
      case 'output':
        this.#view.output(frame, now);
        return this.#sendWatch();
      case 'terminal':
        this.#view.terminal(frame, now);
        return this.#sendWatch();
      case 'taken':
        if (frame.c === this.#edits.client) this.#typing.taken(frame.n);
        return this.#sendInput();
      case 'error':
        return this.#error(frame);
    }
  }

  #welcome(frame: Extract<ServerFrame, { t: 'welcome' }>): void {
    if (this.#welcomed) return;
    if (this.#epoch !== undefined && this.#epoch !== frame.epoch) return this.#replaced();
    this.#epoch = frame.epoch;
    this.#grouping = frame.group;
    this.#presence.welcome(frame.you);
    this.#welcomed = true;
    this.#emitter.emit('expires', frame.expiresAt);
    this.#cursorUnsent = this.#cursor !== null;
    this.#ownSinceVector = true;
    this.#pump();
    this.#view.connected(this.#clock.monotonic());
    this.#sendWatch();
    this.#sendLanguage();
    this.#sendInput();
    this.#planCursor();
    const early = this.#early;
    this.#early = [];
    for (const each of early) this.#frame(each);
  }

  #sync(frame: Extract<ServerFrame, { t: 'sync' }>): void {
    if (frame.u) this.#apply(fromBase64(frame.u));
    const theirs = readVector(fromBase64(frame.sv));
    if (!frame.last || !theirs) return;
    this.#serverVector = theirs;
    if (this.#link.kind !== 'live') {
      this.#lastExchange = this.#clock.monotonic();
      this.#wire.joined(this.#grouping.pingMilliseconds);
      this.#down = false;
      this.#setLink({ kind: 'live' });
      if (!this.#synced) {
        this.#synced = true;
        this.#keeper.keepNow();
        this.#emitter.emit('synced');
      }
    }
    this.#mend(theirs, frame.ds);
  }

  /** Sends what the server lacks although it acknowledged everything, as after a store was restored. */
  #mend(theirs: ReadonlyMap<number, number>, deletions: string): void {
    const quiet = this.#edits.size === 0 && this.#group.length === 0 && !this.#refused;
    if (!quiet || (this.#ownSinceVector && this.#lastExchange !== this.#clock.monotonic())) return;
    const ours = vectorOf(this.#doc);
    const more = !covers(theirs, ours);
    if (!more && (!covers(ours, theirs) || deletions === deletionsOf(this.#doc))) return;
    this.#group.push(Y.encodeStateAsUpdate(this.#doc, Y.encodeStateVector(new Map(theirs))));
    this.#flush();
  }

  #error(frame: Extract<ServerFrame, { t: 'error' }>): void {
    const { code, about, n } = frame;
    if (code === 'document-replaced') return this.#replaced();
    if (frame.final) {
      this.#end(frame.error);
      return this.#emitter.emit('error', frame.error, about);
    }
    const client = frame.c ?? this.#edits.client;
    if (code === 'too-fast') {
      this.#slowUntil = this.#clock.monotonic() + SLOWER_MILLISECONDS;
      if (about === 'edit' && n !== undefined) this.#edits.postpone(client, n);
      return;
    }
    if (about === 'edit' && n !== undefined) {
      if (code === 'document-full' || code === 'internal') {
        if (code === 'document-full') this.#edits.hold(client, n);
        else return this.#slowDown(client, n);
      } else if (this.#edits.acknowledge(client, [n])) {
        this.#refused = true;
        this.#keeper.acknowledged(client, [n]);
        this.#announceSaving();
      }
    }
    if (about === 'input') this.#typing.giveUp(n);
    this.#emitter.emit('error', frame.error, about);
  }

  /** The store failed for a moment: the edit stays on its way, and the resend comes by itself. */
  #slowDown(client: ClientId, n: number): void {
    this.#slowUntil = this.#clock.monotonic() + SLOWER_MILLISECONDS;
    this.#edits.postpone(client, n);
  }

  /** Rule D4: another document took this one's place. The text goes to the person, the page starts anew. */
  #replaced(): void {
    const { entry, files } = readDocument(this.#doc);
    const lost = {
      text: (files.find((file) => file.id === entry) ?? files[0])?.text ?? '',
      files: files.map(({ name, text }) => ({ name, text })),
    };
    this.#cancelGroup?.();
    this.#cancelGroup = undefined;
    this.#group = [];
    this.#edits.clear();
    this.#refused = false;
    this.#epoch = undefined;
    this.#synced = false;
    this.#serverVector = new Map();
    this.#keeper.clear();
    this.#doc.destroy();
    this.#doc = new Y.Doc();
    this.#cursor = null;
    this.#listen();
    this.#emitter.emit('replaced', lost);
    this.#emitter.emit('error', visibleError('document-replaced'), 'join');
    this.#wire.drop(true);
    this.#announceSaving();
  }

  #lost(retryInMilliseconds: number): void {
    this.#disconnected();
    this.#setLink({ kind: 'offline', retryInMilliseconds });
  }

  #end(error: VisibleError): void {
    this.#wire.close();
    this.#disconnected();
    this.#setLink({ kind: 'ended', error });
  }

  #disconnected(): void {
    this.#welcomed = false;
    this.#down = true;
    this.#early = [];
    this.#edits.disconnected();
    this.#typing.disconnected();
    this.#view.disconnected();
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
    this.#cancelCursor?.();
    this.#cancelCursor = undefined;
  }

  #tick(): void {
    if (this.#closed || this.#link.kind === 'ended') return;
    this.#cancelTick = this.#clock.after(TICK_MILLISECONDS, () => this.#tick());
    const now = this.#clock.monotonic();
    this.#wire.tick();
    if (!this.#welcomed) return;
    this.#edits.overdue(now);
    this.#pump();
    this.#sendInput();
    this.#planCursor();
    if (this.#link.kind === 'live' && now - this.#lastExchange >= this.#grouping.vectorMilliseconds)
      this.#exchange(now);
  }

  /** Says what is here, so that a publish or an edit lost in a crash heals. */
  #exchange(now: number): void {
    this.#idleExchanges = this.#touched ? 0 : this.#idleExchanges + 1;
    this.#touched = false;
    this.#lastExchange = now;
    if (this.#idleExchanges > IDLE_EXCHANGES && this.#idleExchanges % 10 !== 0) return;
    this.#ownSinceVector = false;
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

  #connected(about: string): boolean {
    if (!this.#welcomed) this.#fail('not-connected', about);
    return this.#welcomed;
  }

  #fail(code: Parameters<typeof visibleError>[0], about: string): void {
    this.#emitter.emit('error', visibleError(code), about);
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

export type { PendingEdit };
