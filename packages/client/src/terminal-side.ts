/** The page's side of the shared terminal: what is typed goes out, screen and output come in. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { ErrorCode } from '@codeconnected/core/error/visible.ts';
import type { ClientFrameInput, ServerFrame } from '@codeconnected/core/room/frames.ts';
import type { ClientId } from '@codeconnected/core/room/ids.ts';
import type { TerminalState } from '@codeconnected/core/terminal/state.ts';
import { TerminalView, type TerminalViewEvents } from './terminal-view.ts';
import { TypingQueue } from './typing.ts';

/** Frames of the server that concern the terminal. */
export type TerminalSideFrame = Extract<ServerFrame, { t: 'screen' | 'output' | 'terminal' | 'taken' }>;

export interface TerminalSideOptions {
  readonly client: ClientId;
  readonly clock: Clock;
  /** Whether this connection was welcomed. */
  readonly ready: () => boolean;
  readonly send: (frame: ClientFrameInput) => void;
  /** State vector of what is in the document. */
  readonly vector: () => string;
  readonly fail: (code: ErrorCode, about: string) => void;
  readonly events: TerminalViewEvents;
}

export class TerminalSide {
  readonly #options: TerminalSideOptions;
  readonly #typing = new TypingQueue();
  readonly #view: TerminalView;
  #cancelWatch: (() => void) | undefined;
  /** The language was switched while nobody could be told. */
  #languageUntold = false;

  constructor(options: TerminalSideOptions) {
    this.#options = options;
    this.#view = new TerminalView(options.events);
  }

  get state(): TerminalState | undefined {
    return this.#view.state;
  }

  type(data: string, size: { columns: number; rows: number } | undefined): void {
    if (this.#typing.add(data, size)) this.#sendTyped();
    else this.#options.fail('input-too-fast', 'input');
  }

  /** Sends a command, or says that it did not go out. */
  command(frame: Extract<ClientFrameInput, { t: 'run' | 'stop' | 'interrupt' | 'reset' | 'clear' }>): void {
    // What is still on its way was meant for what ends now.
    if (frame.t === 'interrupt' || frame.t === 'reset') this.#typing.giveUp();
    if (this.#options.ready()) this.#options.send(frame);
    else this.#options.fail('not-connected', frame.t);
  }

  languageSwitched(): void {
    this.#languageUntold = true;
    this.#tellLanguage();
  }

  frame(frame: TerminalSideFrame): void {
    const now = this.#options.clock.monotonic();
    if (frame.t === 'taken') {
      if (frame.c === this.#options.client) this.#typing.taken(frame.n);
      this.#sendTyped();
      return;
    }
    if (frame.t === 'screen') this.#view.screen(frame);
    else if (frame.t === 'output') this.#view.output(frame, now);
    else this.#view.terminal(frame, now);
    this.#watch();
  }

  /** Input was refused: one of them, or all. */
  refused(n: number | undefined): void {
    this.#typing.giveUp(n);
  }

  welcomed(): void {
    this.#view.connected(this.#options.clock.monotonic());
    this.#tellLanguage();
    this.#watch();
    this.#sendTyped();
  }

  disconnected(): void {
    this.#typing.disconnected();
    this.#view.disconnected();
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
  }

  /** To be called about once a second. */
  tick(): void {
    this.#sendTyped();
  }

  #sendTyped(): void {
    if (!this.#options.ready()) return;
    for (const { n, d, size } of this.#typing.due(this.#options.clock.monotonic())) {
      this.#options.send({ t: 'input', c: this.#options.client, n, b: this.#typing.base, d, ...size });
    }
  }

  #tellLanguage(): void {
    if (!this.#languageUntold || !this.#options.ready()) return;
    this.#languageUntold = false;
    this.#options.send({ t: 'language', sv: this.#options.vector() });
  }

  /** Asks for the screen when it is time, and comes back when it will be. */
  #watch(): void {
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
    if (!this.#options.ready()) return;
    const now = this.#options.clock.monotonic();
    if (this.#view.watchDue(now)) this.#options.send({ t: 'watch' });
    const { watchAt } = this.#view;
    if (watchAt !== undefined) this.#cancelWatch = this.#options.clock.after(watchAt - now, () => this.#watch());
  }
}
