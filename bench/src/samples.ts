/** How often everything is measured. */

export interface Samples {
  /** Turns of warm and cold for each language. */
  readonly turns: number;
  /** Keystrokes that are measured, each alone. */
  readonly keystrokes: number;
  /** Presses of Run for each language. */
  readonly runs: number;
  /** Loads of the room page, each by a browser that has seen nothing of it. */
  readonly loads: number;
  /** Openings of the long document: by a client in Node, by a browser, and by a browser after a restart. */
  readonly openings: number;
  readonly restarts: number;
  /** Readings of memory at rest. */
  readonly readings: number;
  /** Milliseconds without anything before the first reading. */
  readonly restMilliseconds: number;
}

/** Not counted before each series: compiled code, connections and caches are then as in use. */
export const WARM_UP = 2;

/** Odd numbers, so that a median is a measurement. */
export const FULL: Samples = {
  turns: 15,
  keystrokes: 101,
  runs: 15,
  loads: 5,
  openings: 9,
  restarts: 3,
  readings: 5,
  restMilliseconds: 30_000,
};

/** `--quick`: shows that every part works; its numbers say little. */
export const QUICK: Samples = {
  turns: 2,
  keystrokes: 5,
  runs: 2,
  loads: 1,
  openings: 1,
  restarts: 1,
  readings: 1,
  restMilliseconds: 3_000,
};
