/** Who watches, and the state each was told last: so that it can be told that the runner is away. */
import type { ServerFrame } from '@codeconnected/core/room/frames.ts';
import type { ConnectionId } from '@codeconnected/core/room/ids.ts';

type StateFrame = Extract<ServerFrame, { t: 'terminal' }>;
/** How a state begins; every other frame is passed on unread. */
const STATE_BEGIN = '{"t":"terminal"';

export class Viewers {
  readonly #told = new Map<ConnectionId, StateFrame | undefined>();

  add(viewer: ConnectionId): void {
    if (!this.#told.has(viewer)) this.#told.set(viewer, undefined);
  }

  remove(viewer: ConnectionId): void {
    this.#told.delete(viewer);
  }

  /** A frame went to them. */
  posted(viewers: readonly ConnectionId[], text: string): void {
    if (!text.startsWith(STATE_BEGIN)) return;
    const frame = JSON.parse(text) as StateFrame;
    for (const viewer of viewers) if (this.#told.has(viewer)) this.#told.set(viewer, frame);
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
