/** What a terminal says of limits and refusals, each once. */
import { type ErrorCode, visibleError } from '@codeconnected/core/error/visible.ts';
import type { SandboxEnd } from '@codeconnected/core/sandbox/sandbox.ts';
import { Hints } from '@codeconnected/core/terminal/hints.ts';
import { endNote, hintNote, type KnownLimits } from '@codeconnected/core/terminal/notes.ts';

export class Sayings {
  readonly #hints = new Hints();
  #refusal: ErrorCode | undefined;

  /** A program wrote this. */
  output(bytes: Uint8Array): void {
    this.#hints.push(bytes);
  }

  /** Another sandbox writes from here on. */
  attached(): void {
    this.#hints.take();
  }

  /** A program or a prompt was started: a refusal after it is a new one. */
  started(): void {
    this.#refusal = undefined;
  }

  /** What a program or a line that has ended met. */
  finished(limits: KnownLimits): readonly string[] {
    return this.#hints.take().map((hint) => hintNote(hint, limits));
  }

  /** What is said where the sandbox ended by itself; the limit that ended it says all there is to say. */
  ended(end: SandboxEnd, limits: KnownLimits): readonly string[] {
    const met = this.finished(limits);
    return end.kind === 'limit' ? [endNote(end, limits)] : [...met, endNote(end, limits)];
  }

  /** @returns the sentences, and whether they do not stand there already */
  refused(code: ErrorCode): { readonly message: string; readonly isNew: boolean } {
    const { happened, todo } = visibleError(code);
    const isNew = this.#refusal !== code;
    this.#refusal = code;
    return { message: `${happened} ${todo}`, isNew };
  }
}
