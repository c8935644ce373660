/** Claims sandboxes for one room, one at a time, and says why one could not be had. */
import { CodedError, type ErrorCode } from '@codeconnected/core/error/visible.ts';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import { type ClaimedSandbox, ClaimRefused, type Sandboxes } from '@codeconnected/core/sandbox/sandbox.ts';

const CODES: Readonly<Record<ClaimRefused['reason'], ErrorCode>> = {
  'unknown-language': 'language-unknown',
  'image-missing': 'language-not-ready',
  'no-capacity': 'runner-full',
  'runner-failed': 'runner-failed',
};

/** The code that a person is told. */
export function refusal(error: unknown): ErrorCode {
  if (error instanceof ClaimRefused) return CODES[error.reason];
  return error instanceof CodedError ? error.code : 'runner-failed';
}

/** A sandbox that is wanted. */
export interface Wish {
  readonly language: LanguageId;
  /** Removes the room's old sandbox; idempotent. */
  release(): Promise<void>;
  /** Has another room's sandbox give way; false where none may. */
  makeRoom(): Promise<boolean>;
  /** Told what a wait of more than a moment is for. */
  waiting(message: string): void;
}

export class RoomClaims {
  readonly #sandboxes: Sandboxes;
  readonly #log: (what: string, error: unknown) => void;
  #latest: Wish | undefined;
  /** The claim that is under way. */
  #turn: Promise<void> | undefined;
  /** Claimed for a wish that another one of the same language has followed: nothing was started in it. */
  #spare: ClaimedSandbox | undefined;

  constructor(sandboxes: Sandboxes, log: (what: string, error: unknown) => void) {
    this.#sandboxes = sandboxes;
    this.#log = log;
  }

  /**
   * Claims one. However many wishes come meanwhile, one claim is under way and only the latest is made after it.
   * @returns undefined where a later wish took its place
   */
  async claim(wish: Wish): Promise<ClaimedSandbox | undefined> {
    this.#latest = wish;
    while (this.#turn) {
      await this.#turn;
      if (this.#latest !== wish) return undefined;
    }
    const spare = this.#takeSpare();
    if (spare?.language === wish.language && spare.state.kind !== 'ended') return spare;
    void this.release(spare);
    let done = () => {};
    this.#turn = new Promise((resolve) => {
      done = resolve;
    });
    try {
      const claimed = await this.#make(wish);
      if (this.#latest === wish) return claimed;
      if (this.#latest?.language === claimed.language) this.#spare = claimed;
      else void this.release(claimed);
      return undefined;
    } finally {
      this.#turn = undefined;
      done();
    }
  }

  /** Nothing is wanted any more. */
  giveUp(): void {
    this.#latest = undefined;
    void this.release(this.#takeSpare());
  }

  /** Ends and removes one that nobody wants any more; never rejects. */
  async release(claimed: ClaimedSandbox | undefined): Promise<void> {
    await claimed?.release().catch((error) => this.#log('release', error));
  }

  #takeSpare(): ClaimedSandbox | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare;
  }

  /**
   * The new sandbox first, since the old one's removal would slow the start; only where no place is left, the old one
   * makes room before, and then those of others that are idle.
   */
  async #make({ language, release, makeRoom, waiting }: Wish): Promise<ClaimedSandbox> {
    const claim = () => this.#sandboxes.claim(language, waiting);
    const isFull = (error: unknown) => error instanceof ClaimRefused && error.reason === 'no-capacity';
    try {
      return await claim();
    } catch (error) {
      if (!isFull(error)) throw error;
    }
    await release();
    for (;;) {
      try {
        return await claim();
      } catch (error) {
        if (!isFull(error) || !(await makeRoom())) throw error;
      }
    }
  }
}
