/** Answers what a boot program asks of its terminal before it is ready, when nobody shows its screen yet. */
import type { Size } from '@codeconnected/core/sandbox/runners.ts';
import { Screen } from '../terminal/screen.ts';

/** Bytes that are read at most: a boot program says little, and one that says much asks in vain. */
const GREETING_BYTES = 64 * 1024;

export class Greeter {
  readonly #size: Size;
  readonly #answer: (text: string) => void;
  /** Made only for a boot program that says something. */
  #screen: Screen | undefined;
  readonly #decoder = new TextDecoder();
  #left = GREETING_BYTES;

  constructor(size: Size, answer: (text: string) => void) {
    this.#size = size;
    this.#answer = answer;
  }

  /** Resolves when what is asked in it has been answered; never rejects. One call at a time. */
  async read(chunk: Buffer): Promise<void> {
    if (this.#left <= 0) return;
    this.#left -= chunk.length;
    this.#screen ??= new Screen({ ...this.#size, answer: this.#answer });
    try {
      await this.#screen.write(this.#decoder.decode(chunk, { stream: true }));
    } catch {
      // xterm failed on it: it goes unanswered.
      this.close();
    }
  }

  close(): void {
    this.#left = 0;
    this.#screen?.dispose();
    this.#screen = undefined;
  }
}
