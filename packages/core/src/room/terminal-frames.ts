/** What the relay hands to whoever serves the terminal. */
import type { Connection } from './connections.ts';
import type { ClientFrame } from './frames.ts';

/** Frames of a room's page that concern its terminal. */
export type TerminalFrame = Extract<
  ClientFrame,
  { t: 'run' | 'stop' | 'interrupt' | 'language' | 'reset' | 'clear' | 'watch' | 'input' }
>;

/** Serves terminal frames; permission to send them was checked (rule P1). */
export interface TerminalFrames {
  /**
   * Rejects with a `CodedError` where the person is to be told; the relay sends the error frame. Calls of one
   * connection overlap: Stop must not wait for Run.
   */
  receive(connection: Connection, frame: TerminalFrame): Promise<void>;
  /** The connection is gone, or was replaced. */
  closed(connection: Connection): Promise<void> | void;
}

/** Nothing to run on. */
export const noTerminal: TerminalFrames = {
  receive: async () => undefined,
  closed: () => undefined,
};
