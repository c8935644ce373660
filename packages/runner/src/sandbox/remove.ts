/** Removing containers so that nothing of them stays. */
import { type Clock, systemClock } from '@codeconnected/core/clock.ts';
import type Docker from 'dockerode';

/** Removals at once: many parallel ones leave shims behind. */
const REMOVALS_MOST = 4;
/** Tries of one removal; Docker answers with passing conflicts while a container is going. */
const TRIES = 5;
/** Milliseconds between tries. */
const BETWEEN_TRIES_MILLISECONDS = 200;
/** Milliseconds for Docker's answer; a loaded machine takes seconds, and others wait for the slot. */
const REQUEST_MILLISECONDS = 20_000;
/** Milliseconds before a failed removal is tried again; doubled for each further failure. */
const RETRY_FIRST_MILLISECONDS = 5_000;
const RETRY_MOST_MILLISECONDS = 5 * 60_000;

/** Docker did not answer in time. */
class Unanswered extends Error {}

const status = (error: unknown) => (error as { statusCode?: number } | undefined)?.statusCode;

/** Settles as the work does, or as `late` says once the time is over. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>, late: () => T): Promise<T> {
  let cancel = () => {};
  const over = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  try {
    return await Promise.race([work, over.then(late)]);
  } finally {
    cancel();
  }
}

/** Removes containers a few at a time; a container that is gone already counts as removed. */
export interface Remover {
  /** Rejects where it failed for now; a persistent remover goes on trying all the same. */
  remove(container: Docker.Container): Promise<void>;
  /** Gives up what it still tries. */
  close(): void;
}

/**
 * Makes a remover; all of a service's removals go through one.
 * @param options `persistent`: what could not be removed is tried again until `close`
 */
export function createRemover(options: { clock?: Clock; persistent?: boolean } = {}): Remover {
  const clock = options.clock ?? systemClock;
  let running = 0;
  const waiting: (() => void)[] = [];
  const retries = new Map<string, () => void>();
  let closed = false;

  const answered = <T>(request: Promise<T>) =>
    within(clock, REQUEST_MILLISECONDS, request, () => {
      throw new Unanswered('Docker did not answer in time');
    });

  async function removeOne(container: Docker.Container): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        // A paused container that is removed leaves its sandbox behind. 409 and 500: it is not paused.
        await answered(container.unpause().catch(() => {}));
        await answered(container.remove({ force: true, v: true }));
        return;
      } catch (error) {
        if (status(error) === 404) return;
        if (tries === TRIES || error instanceof Unanswered) throw error;
        await new Promise<void>((resolve) => clock.after(BETWEEN_TRIES_MILLISECONDS * tries, resolve));
      }
    }
  }

  async function inTurn(container: Docker.Container): Promise<void> {
    if (running >= REMOVALS_MOST) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      await removeOne(container);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  }

  function retry(container: Docker.Container, failures: number): void {
    if (closed || !options.persistent || retries.has(container.id)) return;
    const wait = Math.min(RETRY_MOST_MILLISECONDS, RETRY_FIRST_MILLISECONDS * 2 ** failures);
    const cancel = clock.after(wait, () => {
      inTurn(container).then(
        () => retries.delete(container.id),
        () => {
          retries.delete(container.id);
          retry(container, failures + 1);
        },
      );
    });
    retries.set(container.id, cancel);
  }

  return {
    async remove(container) {
      try {
        await inTurn(container);
      } catch (error) {
        retry(container, 0);
        throw error;
      }
    },
    close() {
      closed = true;
      for (const cancel of retries.values()) cancel();
      retries.clear();
    },
  };
}
