/** How often one viewer is shown the whole screen: each time is work for everyone on this runner. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { ConnectionId } from '@codeconnected/core/room/ids.ts';

/** Milliseconds between two screens for one viewer; whoever asks meanwhile shares the next. */
const BETWEEN_MILLISECONDS = 1_000;

interface Shown {
  readonly at: number;
  /** The next one, which all share who ask before it. */
  next: { readonly done: Promise<void>; cancel(): void } | undefined;
}

export class ViewerPace {
  readonly #clock: Clock;
  readonly #shown = new Map<ConnectionId, Shown>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Shows it now, or when this viewer may be shown it again. */
  show(viewer: ConnectionId, work: () => Promise<void>): Promise<void> {
    const shown = this.#shown.get(viewer);
    if (shown?.next) return shown.next.done;
    const wait = (shown?.at ?? Number.NEGATIVE_INFINITY) + BETWEEN_MILLISECONDS - this.#clock.monotonic();
    if (!shown || wait <= 0) {
      this.#shown.set(viewer, { at: this.#clock.monotonic(), next: undefined });
      return work();
    }
    let cancel = () => {};
    const done = new Promise<void>((resolve, reject) => {
      const stop = this.#clock.after(wait, () => {
        this.#shown.set(viewer, { at: this.#clock.monotonic(), next: undefined });
        work().then(resolve, reject);
      });
      cancel = () => {
        stop();
        resolve();
      };
    });
    shown.next = { done, cancel };
    return done;
  }

  /** The viewer is gone, with what it still waited for. */
  forget(viewer: ConnectionId): void {
    this.#shown.get(viewer)?.next?.cancel();
    this.#shown.delete(viewer);
  }

  close(): void {
    for (const viewer of [...this.#shown.keys()]) this.forget(viewer);
  }
}
