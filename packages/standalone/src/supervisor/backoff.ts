/** How long to wait before a child that died is started again. */

/** First wait, milliseconds: a crash by accident should hardly be noticed. */
export const FIRST_WAIT_MILLISECONDS = 100;
/** Longest wait, milliseconds: a child that cannot start is tried, but burns nothing. */
export const LONGEST_WAIT_MILLISECONDS = 15_000;
/** A child that lived this long was healthy, milliseconds; the next wait starts anew. */
export const HEALTHY_MILLISECONDS = 30_000;

/**
 * @param deaths how often it died in a row without a healthy life between, at least 1
 * @returns milliseconds to wait
 */
export function backoff(deaths: number): number {
  return Math.min(LONGEST_WAIT_MILLISECONDS, FIRST_WAIT_MILLISECONDS * 2 ** Math.min(deaths - 1, 20));
}
