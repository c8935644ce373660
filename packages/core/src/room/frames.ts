/**
 * Every frame between a room's page and the server, as JSON text. `docs/PROTOCOL.md` describes them in words.
 *
 * What a client sends is checked by `clientFrameSchema`, at one door. What the server sends is typed only.
 */
import { z } from 'zod';
import type { ErrorCode, VisibleError } from '../error/visible.ts';
import type { TerminalState } from '../terminal/state.ts';
import { ACCESS_ID_PATTERN, type ClientId, type ConnectionId, type PersonId } from './ids.ts';
import {
  INPUT_CHARACTERS,
  NAME_CHARACTERS,
  PART_CHARACTERS,
  PARTS_MOST,
  PROTOCOL_VERSION,
  TERMINAL_COLUMNS,
  TERMINAL_ROWS,
} from './limits.ts';

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);
const sequence = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const client = z
  .string()
  .regex(ACCESS_ID_PATTERN)
  .transform((text) => text as ClientId);
const columns = z.int().min(TERMINAL_COLUMNS.least).max(TERMINAL_COLUMNS.most);
const rows = z.int().min(TERMINAL_ROWS.least).max(TERMINAL_ROWS.most);
const name = z.string().trim().max(NAME_CHARACTERS);

/** Where somebody's caret stands: Yjs relative positions as JSON, in one file. `null`: the editor has no focus. */
export const cursorSchema = z
  .strictObject({ file: z.string().max(100), anchor: z.string().max(300), head: z.string().max(300) })
  .nullable();
export type Cursor = z.infer<typeof cursorSchema>;

export const clientFrameSchema = z.discriminatedUnion('t', [
  /**
   * First on every connection. `sv`: the state vector of what the client holds, unless it is too long for a frame
   * before joining (then `vector` follows the welcome); `ds`: the name of its deletions (see vector.ts); `epoch`: of
   * which document.
   */
  z.strictObject({
    t: z.literal('join'),
    v: z.literal(PROTOCOL_VERSION),
    c: client,
    sv: base64.optional(),
    ds: z.string().max(32).optional(),
    epoch: z.string().max(64).optional(),
    name,
  }),
  /** Document update and cursor together. `n` numbers those with an update; resent until acknowledged. */
  z.strictObject({ t: z.literal('edit'), c: client, n: sequence, u: base64, k: cursorSchema.optional() }),
  /** A cursor alone; may be lost. */
  z.strictObject({ t: z.literal('cursor'), k: cursorSchema }),
  /** One piece of a larger frame: the base64 of its UTF-8 JSON, cut into `of` pieces. `id` is fresh for each. */
  z.strictObject({
    t: z.literal('part'),
    id: z.string().min(1).max(32),
    i: z
      .int()
      .min(0)
      .max(PARTS_MOST - 1),
    of: z.int().min(2).max(PARTS_MOST),
    d: base64.max(PART_CHARACTERS),
  }),
  /** "This is what I have": answered by what is missing, and by the server's own vector. */
  z.strictObject({ t: z.literal('vector'), sv: base64, ds: z.string().max(32).optional() }),
  z.strictObject({ t: z.literal('name'), name }),
  z.strictObject({ t: z.literal('ping') }),
  /** Runs the text that the presser sees: everything up to `sv`, without what `del` deletes. */
  z.strictObject({
    t: z.literal('run'),
    run: z.string().min(1).max(32),
    sv: base64,
    /** An update with the deletions among the presser's unacknowledged edits: a vector says nothing of those. */
    del: base64.optional(),
    columns,
    rows,
  }),
  z.strictObject({ t: z.literal('stop') }),
  /** Ctrl-C in the terminal. */
  z.strictObject({ t: z.literal('interrupt') }),
  /** The document's language was changed by an edit that `sv` covers: the terminal follows it. */
  z.strictObject({ t: z.literal('language'), sv: base64 }),
  z.strictObject({ t: z.literal('reset') }),
  z.strictObject({ t: z.literal('clear') }),
  /** "Send me the screen": after joining, and after a gap in the output. */
  z.strictObject({ t: z.literal('watch') }),
  /** Typed into the terminal. `n` counts up by one for each; `b`: all below is acknowledged or given up. */
  z.strictObject({
    t: z.literal('input'),
    c: client,
    n: sequence,
    b: sequence,
    d: z.string().min(1).max(INPUT_CHARACTERS),
    columns: columns.optional(),
    rows: rows.optional(),
  }),
]);

/** A frame of a client, checked. */
export type ClientFrame = z.infer<typeof clientFrameSchema>;
/** A frame as a client writes it. */
export type ClientFrameInput = z.input<typeof clientFrameSchema>;

/** Somebody in the room, as told to everyone. One entry for each connection; a list shows one for each person. */
export interface PersonHere {
  readonly connection: ConnectionId;
  readonly person: PersonId;
  readonly name: string;
  readonly color: number;
}

/** How the client groups what happens; announced by the server, since on AWS every message is billed. */
export interface Grouping {
  /** Milliseconds that edits wait for company; the first after a pause goes at once where `eager`. */
  readonly editMilliseconds: number;
  readonly eager: boolean;
  /** Milliseconds between frames that carry only a cursor. */
  readonly cursorMilliseconds: number;
  /** Milliseconds between exchanges of state vectors while active. */
  readonly vectorMilliseconds: number;
  /** Milliseconds between pings while nothing else is sent. */
  readonly pingMilliseconds: number;
}

export type ServerFrame =
  /** Answer to `join`; a `sync` follows where the `join` said what the client holds. */
  | {
      readonly t: 'welcome';
      readonly you: PersonHere;
      readonly epoch: string;
      readonly group: Grouping;
      readonly expiresAt: number;
    }
  /**
   * What the client lacked (empty: nothing); `sv` and `ds` are what the server holds. The client may be shown as
   * synced after the one with `last`.
   */
  | { readonly t: 'sync'; readonly u: string; readonly sv: string; readonly ds: string; readonly last: boolean }
  /** Somebody else's edit, and where their cursor stands. `c` is their connection. */
  | { readonly t: 'update'; readonly c: ConnectionId; readonly u?: string; readonly k?: Cursor }
  /** Durable: the client's edits of these numbers (rule D1). */
  | { readonly t: 'ack'; readonly c: ClientId; readonly n: readonly number[] }
  /** Everyone here; `v` counts up, an older list is dropped. */
  | { readonly t: 'people'; readonly v: number; readonly people: readonly PersonHere[] }
  /** The exact screen: `d` is written into a reset terminal of that size. Output of later `n` follows. */
  | {
      readonly t: 'screen';
      readonly e: number;
      readonly n: number;
      readonly d: string;
      readonly columns: number;
      readonly rows: number;
    }
  /** Output `n`, in order without gaps; `columns` and `rows` where the size changed before it. `clear`: empty screen and scrollback first. */
  | {
      readonly t: 'output';
      readonly e: number;
      readonly n: number;
      readonly d: string;
      readonly columns?: number;
      readonly rows?: number;
      readonly clear?: boolean;
    }
  /** `s` counts up within an epoch; an older state is dropped. */
  | { readonly t: 'terminal'; readonly s: number; readonly state: TerminalState }
  /** Terminal input is complete up to `n`. */
  | { readonly t: 'taken'; readonly c: ClientId; readonly n: number }
  /** One piece of a larger frame, as from a client. */
  | { readonly t: 'part'; readonly id: string; readonly i: number; readonly of: number; readonly d: string }
  | { readonly t: 'pong' }
  /** To the connection that caused it, alone. `about`: type of the frame; `c` and `n`: client and number of the edit or input. `final`: the server closes. */
  | {
      readonly t: 'error';
      readonly code: ErrorCode;
      readonly error: VisibleError;
      readonly about?: string;
      readonly c?: ClientId;
      readonly n?: number;
      readonly final?: boolean;
    };
