/** Removing containers so that nothing of them stays. */
import type Docker from 'dockerode';

/** Removals at once: many parallel ones leave shims behind. */
const REMOVALS_MOST = 4;
/** Tries of one removal; Docker answers with passing conflicts while a container is going. */
const TRIES = 5;
/** Milliseconds between tries. */
const BETWEEN_TRIES_MILLISECONDS = 200;

const status = (error: unknown) => (error as { statusCode?: number } | undefined)?.statusCode;

async function removeOne(container: Docker.Container): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      // A paused container that is removed leaves its sandbox behind. 409 and 500: it is not paused.
      await container.unpause().catch(() => {});
      await container.remove({ force: true, v: true });
      return;
    } catch (error) {
      if (status(error) === 404) return;
      if (tries === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MILLISECONDS * tries));
    }
  }
}

/** Removes containers a few at a time; a container that is gone already counts as removed. */
export interface Remover {
  remove(container: Docker.Container): Promise<void>;
}

/** Makes a remover; all of a service's removals go through one. */
export function createRemover(): Remover {
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    async remove(container) {
      if (running >= REMOVALS_MOST) await new Promise<void>((resolve) => waiting.push(resolve));
      else running++;
      try {
        await removeOne(container);
      } finally {
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };
}
