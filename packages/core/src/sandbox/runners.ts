/**
 * Port: the runners as the control plane sees them: open a room's terminal, run, type, watch.
 *
 * Its contract suite is `runners.contract.ts`. Every call rejects with a `CodedError` (error/visible.ts) when it cannot be met.
 */
import type { CatalogueEntry } from '../language/catalogue.ts';
import type { ClientId, ConnectionId, LanguageId, PersonId, RoomId } from '../room/ids.ts';
import type { SandboxFile } from './sandbox.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface RunRequest extends Size {
  readonly run: string;
  readonly by: PersonId;
  readonly language: LanguageId;
  readonly files: readonly SandboxFile[];
  /** Name of the file that starts. */
  readonly entry: string;
  /** See CodeSession.terminalEpoch. */
  readonly epoch: number;
}

/** Numbered by each client, so that the runner can put it back in order (rule W2). */
export interface TerminalInput {
  readonly client: ClientId;
  readonly sequence: number;
  /** Everything below is known to be taken or given up. */
  readonly base: number;
  readonly data: string;
}

export interface Runners {
  /** What the runner offers, and how ready it is. Empty where no runner is connected. */
  languages(): Promise<readonly CatalogueEntry[]>;
  /**
   * Adds a viewer: it is pushed the exact screen, then output and state as they come. Opens a prompt of the
   * language where the room has no sandbox.
   */
  watch(room: RoomId, viewer: ConnectionId, language: LanguageId, epoch: () => Promise<number>): Promise<void>;
  unwatch(room: RoomId, viewer: ConnectionId): Promise<void>;
  /** One run at a time: while one runs, another press joins it and changes nothing. */
  run(room: RoomId, request: RunRequest): Promise<'started' | 'joined'>;
  /** Ctrl-C now; a fresh sandbox if that does not help within 2 s. */
  stop(room: RoomId): Promise<void>;
  /** @returns the highest sequence that this client's input is complete up to */
  input(room: RoomId, by: PersonId, input: TerminalInput & Partial<Size>): Promise<number>;
  /** Ctrl-C at the prompt: never waits for a gap, drops what was queued. */
  interrupt(room: RoomId): Promise<void>;
  resize(room: RoomId, size: Size): Promise<void>;
  /** Clears screen and scrollback for everyone. */
  clear(room: RoomId): Promise<void>;
  /** A fresh sandbox of the language; the old one's definitions are gone. `note` is shown in the terminal. */
  reset(room: RoomId, language: LanguageId, epoch: number, note: string): Promise<void>;
  /** Ends the room's sandbox and forgets its screen. */
  close(room: RoomId): Promise<void>;
}
