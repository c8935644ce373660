/** Numbers of the shared terminal that several places know. */

/** Lines above the screen that are kept; a page's terminal keeps as many, or reflowing would differ. */
export const SCROLLBACK_LINES = 1000;
/**
 * Bytes of a whole screen in its frame: one of 300 × 120 with two colours of its own in each cell fits with some
 * scrollback. A program decides how much its cells take; beyond this the oldest lines are left out.
 */
export const SCREEN_BYTES = 2 * 1024 * 1024;
/** Characters of output in one frame: with its envelope and the usual escapes it stays within 32 KB. */
export const OUTPUT_FRAME_CHARACTERS = 16 * 1024;
/** Milliseconds that output waits for company; the first after a pause goes at once. */
export const FLUSH_MILLISECONDS = 12;
/**
 * Milliseconds between pieces of a flood, and characters of output in each such span: some 2 MB/s of plain text, which a page on a
 * slow machine draws with time to spare for keys and Stop. What takes longer to parse than a plain character counts as
 * several. Sandboxes that write faster wait.
 */
export const FLOOD_MILLISECONDS = 33;
export const FLOOD_CHARACTERS = 64 * 1024;
/**
 * Milliseconds that parsing may take in each such span, for one terminal: some 12 % of one core. Plain characters take
 * less on any machine; it bounds what takes longer than it was thought to.
 */
export const FLOOD_PARSE_MILLISECONDS = 4;
/** CPU seconds without a pause, in limits of CPU seconds: typing gives a program more time, but not for ever. */
export const STRETCH_LIMITS = 6;
/** CPU seconds of a sandbox's whole life, in the same limits. */
export const LIFE_LIMITS = 60;
/** Waking time of a sandbox's whole life, in limits of wall seconds: a long day at the prompt, which sleeps in pauses. */
export const AGE_LIMITS = 24;
/** Milliseconds that Ctrl-C has to help before Stop replaces the sandbox. */
export const STOP_PATIENCE_MILLISECONDS = 2_000;
/** Milliseconds between two changes of a terminal's size: a window that is being dragged looks right, a storm costs little. */
export const RESIZE_MILLISECONDS = 250;
/**
 * Presses of Run and Reset and switches of language in one room: so many at once, and so many a second. Whoever tries
 * out things stays far below it; each takes a sandbox of its own.
 */
export const PRESSES_BURST = 10;
export const PRESSES_PER_SECOND = 1;
/** Milliseconds for which the sandbox of whoever used it is spared where others can give way. */
export const SPARED_MILLISECONDS = 3 * 60_000;
/** Characters of input that wait for a gap, or for a sandbox, in one room. */
export const INPUT_WAITING_CHARACTERS = 256 * 1024;
/** Inputs of one client that wait for a gap. */
export const INPUT_WAITING_FRAMES = 256;
/** Clients whose place in the order is remembered in one room; the one quiet for longest is forgotten. */
export const INPUT_CLIENTS = 512;
/** Bytes of all files of one run. */
export const RUN_FILES_BYTES = 4 * 1024 * 1024;
/** Files of one run. */
export const RUN_FILES = 100;
