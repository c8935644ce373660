/** For tests and benchmarks: what one viewer was sent, checked for gaps, and a way to wait for what is to come. */
import type { ServerFrame } from '../room/frames.ts';
import type { TerminalState } from '../terminal/state.ts';

export class Viewed {
  readonly frames: ServerFrame[] = [];
  /** The last screen and all output since, as text. */
  text = '';
  state: TerminalState | undefined;
  #next: number | undefined;
  #epoch = 0;
  #stateNumber = 0;
  readonly #wake = new Set<() => void>();

  /** Takes a frame as JSON. @throws where one is missing or out of order */
  push(json: string): void {
    const frame = JSON.parse(json) as ServerFrame;
    this.frames.push(frame);
    if (frame.t === 'screen') {
      this.text = frame.d;
      this.#next = frame.n + 1;
      this.#epoch = frame.e;
    } else if (frame.t === 'output') {
      if (frame.e !== this.#epoch || frame.n !== this.#next) {
        throw new Error(`output ${frame.e}/${frame.n} where ${this.#epoch}/${this.#next} was due`);
      }
      this.#next += 1;
      this.text = frame.clear ? frame.d : this.text + frame.d;
    } else if (frame.t === 'terminal') {
      if (this.state && frame.state.epoch === this.state.epoch && frame.s <= this.#stateNumber) {
        throw new Error(`state ${frame.s} after ${this.#stateNumber}`);
      }
      this.#stateNumber = frame.s;
      this.state = frame.state;
    }
    for (const wake of this.#wake) wake();
  }

  /** Resolves once it holds. */
  until(holds: (viewed: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds(this)) return;
        this.#wake.delete(look);
        resolve();
      };
      this.#wake.add(look);
      look();
    });
  }

  /** Resolves once the text holds this. */
  async shows(text: string): Promise<void> {
    await this.until(() => this.text.includes(text));
  }

  /** Resolves once the terminal is in this phase. */
  async phase(kind: TerminalState['phase']['kind']): Promise<void> {
    await this.until(() => this.state?.phase.kind === kind);
  }

  /** Resolves once this run has ended. */
  async ended(run: string): Promise<TerminalState['last']> {
    await this.until(() => this.state?.last?.run === run);
    return this.state?.last;
  }
}
