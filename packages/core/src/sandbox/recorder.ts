/** For tests and benchmarks: listens to a claimed sandbox and waits for what comes. */
import type { ClaimedSandbox, SandboxEnd, SandboxEvent } from './sandbox.ts';

/** Escape sequences of a terminal: they are no part of what a program said. */
const SEQUENCES = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>])/g;

export class Recorder {
  readonly sandbox: ClaimedSandbox;
  /** All marks so far. */
  readonly marks: Exclude<SandboxEvent, { kind: 'output' }>[] = [];
  #text = '';
  readonly #decoder = new TextDecoder();
  #end: SandboxEnd | undefined;
  #wake: () => void = () => {};
  /** Prompts that somebody has waited for. */
  #prompted = 0;

  constructor(sandbox: ClaimedSandbox) {
    this.sandbox = sandbox;
    sandbox.listen((event) => {
      if (event.kind === 'output') this.#text += this.#decoder.decode(event.bytes, { stream: true });
      else this.marks.push(event);
      this.#wake();
    });
    void sandbox.ended.then((end) => {
      this.#end = end;
      this.#wake();
    });
  }

  /** Everything it wrote, without escape sequences. */
  get text(): string {
    return this.#text.replaceAll(SEQUENCES, '');
  }

  get end(): SandboxEnd | undefined {
    return this.#end;
  }

  /** Resolves once it holds. Rejects, with all that came, when the sandbox ends before. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#end) throw new Error(`ended with ${JSON.stringify(this.#end)} after: ${this.#text}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  count(kind: 'prompt' | 'started' | 'finished'): number {
    return this.marks.filter((mark) => mark.kind === kind).length;
  }

  /** Resolves at the next prompt after `action`; without one, at the next that nobody has waited for yet. */
  async prompt(action?: () => unknown): Promise<void> {
    const before = action ? this.count('prompt') : this.#prompted;
    await action?.();
    await this.until(() => this.count('prompt') > before);
    this.#prompted = this.count('prompt');
  }

  /** Types a text. */
  type(text: string): void {
    this.sandbox.write(new TextEncoder().encode(text));
  }

  /** The last `finished`. */
  get finished(): { what: 'run' | 'line'; code: number } | undefined {
    const last = this.marks.findLast((mark) => mark.kind === 'finished');
    return last?.kind === 'finished' ? { what: last.what, code: last.code } : undefined;
  }
}
