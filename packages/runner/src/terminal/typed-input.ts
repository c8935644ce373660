/** What people type: put in order, and held while no program can take it yet. */
import { CodedError } from '@codeconnected/core/error/visible.ts';
import type { PersonId } from '@codeconnected/core/room/ids.ts';
import type { TerminalInput } from '@codeconnected/core/sandbox/runners.ts';
import { InputOrder } from '@codeconnected/core/terminal/input-order.ts';
import { INPUT_WAITING_CHARACTERS } from '@codeconnected/core/terminal/limits.ts';

export class TypedInput {
  readonly #order = new InputOrder();
  #held = '';

  /**
   * Takes one input. Throws `input-too-fast` where more waits than is kept.
   * @param attached whether there is a sandbox that takes it
   * @param use gets what is in order now; where it throws, nothing that the client sent behind that is taken either
   * @returns the number that this client's input is complete up to
   */
  take(by: PersonId, input: TerminalInput, attached: boolean, use: (text: string) => void): number {
    if (!attached && !this.#fits(input.data)) throw new CodedError('input-too-fast');
    const client = `${by}/${input.client}`;
    const ordered = this.#order.take(client, input);
    if (ordered.kind === 'refused') throw new CodedError('input-too-fast');
    const text = ordered.data.join('');
    try {
      if (text !== '') use(text);
    } catch (error) {
      this.#order.refuse(client);
      throw error;
    }
    return ordered.taken;
  }

  /** Keeps it for the program that is being started. */
  hold(text: string): void {
    if (!this.#fits(text)) throw new CodedError('input-too-fast');
    this.#held += text;
  }

  /** @returns what was held, once */
  release(): string {
    const text = this.#held;
    this.#held = '';
    return text;
  }

  /** Forgets what waits for a gap, and what is held: Ctrl-C waits for nothing. */
  drop(): void {
    this.#order.drop();
    this.#held = '';
  }

  #fits(text: string): boolean {
    return this.#held.length + text.length <= INPUT_WAITING_CHARACTERS;
  }
}
