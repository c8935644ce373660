/** What a room client offers to a page, a test or a benchmark. No framework, no DOM. */
import type { VisibleError } from '@codeconnected/core/error/visible.ts';
import type { Seed } from '@codeconnected/core/room/document.ts';
import type { Cursor, PersonHere } from '@codeconnected/core/room/frames.ts';
import type { ClientId } from '@codeconnected/core/room/ids.ts';
import type { TerminalState } from '@codeconnected/core/terminal/state.ts';
import type * as Y from 'yjs';

/** A connection as the client sees it; a WebSocket in the browser, anything in a test. */
export interface Channel {
  send(text: string): void;
  /** Bytes that were sent and wait here for the network to take them. */
  readonly buffered: number;
  close(): void;
}
export interface ChannelEvents {
  open(): void;
  message(text: string): void;
  /** Called once, whatever ended it. */
  closed(): void;
}
/** Opens a connection to the room; called again for every reconnect. */
export type Dial = (events: ChannelEvents) => Channel;

/** Which edit: the same for every sending of it. */
export interface EditName {
  readonly client: ClientId;
  readonly sequence: number;
}
/** One edit that the server has not acknowledged. */
export interface PendingEdit extends EditName {
  readonly update: Uint8Array;
}
/** A pending edit as the outbox has it. */
export interface KeptEdit extends PendingEdit {
  /** Of the document that it was made in; undefined where the page knew none yet. */
  readonly epoch: string | undefined;
  /** Its page is open, as far as is known, and sends it itself. */
  readonly living: boolean;
}
/** A document that another took the place of (rule D4), with what was not saved in it. */
export interface LostDocument {
  readonly id: string;
  readonly epoch: string;
  readonly document: Uint8Array;
}
/** What a person is handed of such documents. */
export interface LostText {
  readonly files: readonly { readonly name: string; readonly text: string }[];
}
/** All that an outbox has. */
export interface Kept {
  /** Epoch of the kept document. */
  readonly epoch: string | undefined;
  readonly document: Uint8Array | undefined;
  /** Oldest first. */
  readonly edits: readonly KeptEdit[];
  readonly lost: readonly LostDocument[];
}

/**
 * Port: unacknowledged edits of one room (IndexedDB in a browser, memory in a test). Several tabs share one: each adopts
 * what it finds, under its own client and sequence, so that a resend stays the same entry. What is called takes effect
 * in the order of the calls, and is under way when the call returns: a page may be gone right after it.
 */
export interface Outbox {
  /** Whether what is put outlives the page. */
  readonly durable: boolean;
  /** Says that a page of that client id is open, until the returned function is called or the page is gone. */
  claim(client: ClientId): () => void;
  load(): Promise<Kept>;
  /** Keeps edits, and forgets those whose place they take; both or neither. */
  put(edits: readonly PendingEdit[], epoch: string | undefined, instead: readonly EditName[]): Promise<void>;
  acknowledged(client: ClientId, sequences: readonly number[]): Promise<void>;
  /** Keeps the whole document for opening while offline. */
  keep(epoch: string, document: Uint8Array): Promise<void>;
  /** Keeps a document that another took the place of, instead of the edits that it holds; all or nothing. */
  setAside(lost: LostDocument, edits: readonly EditName[]): Promise<void>;
  /** Forgets lost documents: the person has what they need of them. */
  recovered(ids: readonly string[]): Promise<void>;
}

/**
 * Connection to the room. `ended`: the server refused for good (the error says why).
 */
export type LinkState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'offline'; readonly retryInMilliseconds: number }
  | { readonly kind: 'ended'; readonly error: VisibleError };

/** `saved` only when the store acknowledged every edit; `offline`: edits are kept here, as far as `keeps` says. */
export type SavingState = 'saved' | 'saving' | 'offline';

export interface PersonPresent extends PersonHere {
  /** Any connection of the same person. */
  readonly you: boolean;
  /** This very connection. */
  readonly self: boolean;
  readonly cursor: Cursor | undefined;
}

export interface RoomClientEvents {
  link: (state: LinkState) => void;
  saving: (state: SavingState) => void;
  /** Edits no longer outlive the page: the browser refused to store one. */
  keeps: (keeps: boolean) => void;
  /** First complete sync of this page load, or of a document that replaced it; it can be shown as it is. */
  synced: () => void;
  people: (people: readonly PersonPresent[]) => void;
  /** Write `data` into a reset terminal of that size. */
  screen: (screen: { data: string; columns: number; rows: number }) => void;
  output: (output: { data: string; columns?: number; rows?: number; clear?: boolean }) => void;
  terminal: (state: TerminalState) => void;
  error: (error: VisibleError, about: string | undefined) => void;
  /** The document was replaced (rule D4): `doc` is new. */
  replaced: () => void;
  /** There is other text for the person to recover than before. */
  lost: (lost: LostText | undefined) => void;
  expires: (at: number) => void;
}

export interface RoomClient {
  /**
   * The room's document. After `replaced` it is another, empty one, complete with the next `synced`: whoever bound an
   * editor to the old one binds it anew.
   */
  readonly doc: Y.Doc;
  readonly link: LinkState;
  readonly saving: SavingState;
  /** Whether some edit is not acknowledged, whatever the connection does. */
  readonly unsaved: boolean;
  /** Whether unsaved edits outlive the page: not where the browser refuses storage. */
  readonly keeps: boolean;
  readonly synced: boolean;
  readonly people: readonly PersonPresent[];
  readonly terminal: TerminalState | undefined;
  /** Text of documents that were replaced, kept until {@link recovered}. */
  readonly lost: LostText | undefined;
  /** @returns a function that ends the subscription */
  on<E extends keyof RoomClientEvents>(event: E, listener: RoomClientEvents[E]): () => void;
  /** Loads the outbox, so that `doc` holds what was kept, then dials, and keeps redialling with backoff until `close`. */
  open(): Promise<void>;
  /** Sends what is grouped, keeps what is unacknowledged, closes. */
  close(): Promise<void>;
  /** The person has what they need of what was lost. */
  recovered(): void;
  /** Sends and keeps what is grouped, for a page that may be about to go. */
  flush(): void;
  /** Redials at once, or finds out whether the connection still lives (network came back, page became visible). */
  retry(): void;
  setName(name: string): void;
  setCursor(cursor: Cursor): void;
  run(size: { columns: number; rows: number }): void;
  stop(): void;
  interrupt(): void;
  reset(): void;
  clear(): void;
  /** Seeds and switches the document's language, then tells the terminal. */
  switchLanguage(seed: Seed): void;
  /** Types into the terminal; cut into frames, numbered and resent until taken. */
  input(data: string, size?: { columns: number; rows: number }): void;
}
