/** The wish to end, and what was begun, undone in reverse order. */
import { red } from '../../../../scripts/lib/progress.mjs';
import { leaveWithParent } from './parent.ts';

/** Exit code after Ctrl-C, as shells count it. */
const INTERRUPTED = 130;

export class Ending {
  /** Resolves when somebody wants us to end. */
  readonly asked: Promise<void>;
  wasAsked = false;
  code = 0;
  readonly #say: (message: string) => void;
  readonly #undo: (() => Promise<void> | void)[] = [];
  #done: () => void = () => undefined;

  /** @param say shows a line to the operator */
  constructor(say: (message: string) => void) {
    this.#say = say;
    this.asked = new Promise((done) => {
      this.#done = done;
    });
  }

  /** Takes signals for the wish to end, and the end of the process above. */
  listen(): void {
    process.on('SIGINT', () => this.ask(INTERRUPTED));
    process.on('SIGTERM', () => this.ask(0));
    process.on('SIGHUP', () => this.ask(0));
    leaveWithParent(() => this.ask(1));
  }

  /** Wants to end; the first wish counts. @param code the exit code */
  ask(code: number): void {
    if (this.wasAsked) return;
    this.code = code;
    this.wasAsked = true;
    this.#say('\nStopping…');
    this.#done();
  }

  /** Adds what is to be done at the end, before what was added earlier. */
  add(undo: () => Promise<void> | void): void {
    this.#undo.push(undo);
  }

  /** Undoes everything, once, whatever fails meanwhile. @returns whether nothing failed */
  async undo(): Promise<boolean> {
    let inOrder = true;
    for (let undo = this.#undo.pop(); undo; undo = this.#undo.pop()) {
      try {
        await undo();
      } catch (error) {
        inOrder = false;
        this.#say(red(error instanceof Error ? error.message : String(error)));
      }
    }
    return inOrder;
  }
}
