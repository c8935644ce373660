/** Time as the domain sees it: handed in, so that tests can turn it. */
export interface Clock {
  /** Wall time in milliseconds since 1970; for records that people read. */
  now(): number;
  /** Milliseconds that only go forward, from an arbitrary start; for measuring and for leases (rule C1). */
  monotonic(): number;
  /** Calls back once after `ms`; the returned function cancels. */
  after(ms: number, callback: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
