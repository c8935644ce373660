/** What is typed while no program can take it yet: kept for the one that is being started. */
import { INPUT_WAITING_CHARACTERS } from '@codeconnected/core/terminal/limits.ts';

export class HeldInput {
  #text = '';

  /** Whether so much more would be kept. */
  fits(characters: number): boolean {
    return this.#text.length + characters <= INPUT_WAITING_CHARACTERS;
  }

  /** @returns false where it is too much: nothing of it is kept */
  keep(text: string): boolean {
    if (!this.fits(text.length)) return false;
    this.#text += text;
    return true;
  }

  /** @returns what was kept, once */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}
