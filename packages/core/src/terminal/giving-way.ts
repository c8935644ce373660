/** Whose sandbox goes to another room where no place is left. Pure: the caller keeps the times. */
import { SPARED_MILLISECONDS } from './limits.ts';

/** A room whose sandbox waits at its prompt; one that runs, computes or starts never gives way. */
export interface Idler {
  /** Last input, run or other deed of a person; monotonic milliseconds, minus infinity where there was none. */
  readonly usedAt: number;
  readonly watched: boolean;
  readonly paused: boolean;
}

/**
 * The one that is missed least: none that was used within the last minutes while there are others, then one that nobody
 * watches, then a paused one, then the one that is idle for longest.
 * @param asked a person wants to use the place; merely looking at a room takes nothing from whoever was just at work
 * @param now monotonic milliseconds
 */
export function givesWay<T extends Idler>(idlers: Iterable<T>, asked: boolean, now: number): T | undefined {
  let best: { readonly idler: T; readonly rank: readonly number[] } | undefined;
  for (const idler of idlers) {
    const spared = idler.usedAt > now - SPARED_MILLISECONDS;
    if (spared && !asked) continue;
    const rank = [Number(spared), Number(idler.watched), Number(!idler.paused), idler.usedAt];
    if (!best || before(rank, best.rank)) best = { idler, rank };
  }
  return best?.idler;
}

function before(rank: readonly number[], other: readonly number[]): boolean {
  const at = rank.findIndex((each, index) => each !== other[index]);
  return at >= 0 && rank[at]! < other[at]!;
}
