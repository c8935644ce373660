/**
 * Notices in a program's output that it met a limit which refuses something and ends nothing: a full disk, no further
 * process, no memory. For the display only: a program may print these words for any reason.
 *
 * The words are the C library's, which nearly every language passes on, and those of language runtimes that have their own.
 */
import type { HintName } from './state.ts';

const WORDS: readonly (readonly [HintName, RegExp])[] = [
  ['disk', /no space left on device|\bENOSPC\b/i],
  // EAGAIN of a fork or a thread; a read that does not wait has the same words, and its output is none the worse.
  ['processes', /resource temporarily unavailable|cannot fork|can't start new thread|\bEAGAIN\b/i],
  ['memory', /cannot allocate memory|out of memory|\bMemoryError\b|unable to allocate/i],
];
/** Characters of the output so far that may be the beginning of such words. */
const KEPT_CHARACTERS = 64;

export class Hints {
  #tail = '';
  readonly #decoder = new TextDecoder('latin1');
  readonly #found = new Set<HintName>();

  /** Takes output as it comes. */
  push(bytes: Uint8Array): void {
    const text = this.#tail + this.#decoder.decode(bytes);
    for (const [name, words] of WORDS) if (words.test(text)) this.#found.add(name);
    this.#tail = text.slice(-KEPT_CHARACTERS);
  }

  /** What was found since the last time, once. */
  take(): readonly HintName[] {
    const found = [...this.#found];
    this.#found.clear();
    this.#tail = '';
    return found;
  }
}
