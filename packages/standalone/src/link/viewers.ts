/** Who watches, and the state each was told last: so that it can be told that the runner is away. */
import type { ServerFrame } from '@codeconnected/core/room/frames.ts';
import type { ConnectionId } from '@codeconnected/core/room/ids.ts';

type StateFrame = Extract<ServerFrame, { t: 'terminal' }>;
/** Frames that a runner sends to those who watch. */
const OF_A_TERMINAL: readonly unknown[] = ['screen', 'output', 'terminal'] satisfies ServerFrame['t'][];

export class Viewers {
  readonly #told = new Map<ConnectionId, StateFrame | undefined>();

  add(viewer: ConnectionId): void {
    if (!this.#told.has(viewer)) this.#told.set(viewer, undefined);
  }

  remove(viewer: ConnectionId): void {
    this.#told.delete(viewer);
  }

  has(viewer: ConnectionId): boolean {
    return this.#told.has(viewer);
  }

  /**
   * A runner posts this text to them.
   * @returns those who are to be sent it: all who watch where it is a terminal's frame, else none
   */
  posted(viewers: readonly ConnectionId[], text: string): readonly ConnectionId[] {
    const frame = terminalFrame(text);
    if (!frame) return [];
    const watching = viewers.filter((viewer) => this.#told.has(viewer));
    if (frame.t === 'terminal') for (const viewer of watching) this.#told.set(viewer, frame as StateFrame);
    return watching;
  }

  /** What to tell each when the runner is gone: one later than the last of the runner's, which leaves room for it. */
  lost(message: string): readonly { readonly viewer: ConnectionId; readonly frame: string }[] {
    const frames: { viewer: ConnectionId; frame: string }[] = [];
    for (const [viewer, told] of this.#told) {
      if (!told) continue;
      const next: StateFrame = { ...told, s: told.s + 1, state: { ...told.state, phase: { kind: 'absent', message } } };
      this.#told.set(viewer, next);
      frames.push({ viewer, frame: JSON.stringify(next) });
    }
    return frames;
  }
}

/** Parsed as the page does it: how a text begins does not say what it is, since a later name wins. */
function terminalFrame(text: string): ServerFrame | undefined {
  try {
    const frame: ServerFrame | null = JSON.parse(text);
    return OF_A_TERMINAL.includes(frame?.t) ? (frame as ServerFrame) : undefined;
  } catch {
    return undefined;
  }
}
