/** The page's side of the shared terminal: what is typed goes out, screen and output come in. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { ErrorCode } from '@codeconnected/core/error/visible.ts';
import { languageOf } from '@codeconnected/core/room/document.ts';
import type { ClientFrameInput, ServerFrame } from '@codeconnected/core/room/frames.ts';
import type { ClientId } from '@codeconnected/core/room/ids.ts';
import type { TerminalState } from '@codeconnected/core/terminal/state.ts';
import type * as Y from 'yjs';
import { TerminalView, type TerminalViewEvents } from './terminal-view.ts';
import { TypingQueue } from './typing.ts';

/** Frames of the server that concern the terminal. */
export type TerminalSideFrame = Extract<ServerFrame, { t: 'screen' | 'output' | 'terminal' | 'taken' }>;

/** Milliseconds that the terminal may take to show a switched language before it is told again. */
const LANGUAGE_MILLISECONDS = 3_000;
/** Tellings on one connection: a terminal that never follows, as without a runner, has then heard it. */
const LANGUAGE_TELLINGS = 5;

/**
 * Milliseconds without a connection after which nothing typed is kept for the next: shorter gaps go unnoticed, and
 * after longer ones a command would run in a place that nobody looks at any more.
 */
const UNREACHED_MILLISECONDS = 2_500;

export interface TerminalSideOptions {
  readonly client: ClientId;
  readonly clock: Clock;
  /** Whether this connection was welcomed. */
  readonly ready: () => boolean;
  readonly send: (frame: ClientFrameInput) => void;
  /** State vector of what is in the document. */
  readonly vector: () => string;
  readonly doc: () => Y.Doc;
  readonly fail: (code: ErrorCode, about: string) => void;
  readonly events: TerminalViewEvents;
}

export class TerminalSide {
  readonly #options: TerminalSideOptions;
  readonly #typing = new TypingQueue();
  readonly #view: TerminalView;
  #cancelWatch: (() => void) | undefined;
  /** There was no connection for so long that what is typed is refused. */
  #unreached = false;
  #cancelUnreached: (() => void) | undefined;
  /** The language was switched here, and the terminal has not shown it yet: when it was last told, how often. */
  #switched: { at: number; tellings: number } | undefined;

  constructor(options: TerminalSideOptions) {
    this.#options = options;
    this.#view = new TerminalView(options.events);
  }

  get state(): TerminalState | undefined {
    return this.#view.state;
  }

  type(data: string, size: { columns: number; rows: number } | undefined): void {
    if (this.#unreached) this.#options.fail('not-connected', 'input');
    else if (this.#typing.add(data, size)) this.#sendTyped();
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
    this.#switched = { at: 0, tellings: 0 };
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

  /** Input was refused, which takes what is typed behind it along: a text with a hole must not run. */
  refused(n: number | undefined): void {
    // One that was given up with an earlier one says nothing of what was typed since.
    if (n === undefined || n >= this.#typing.base) this.#typing.giveUp();
  }

  welcomed(): void {
    this.#cancelUnreached?.();
    this.#cancelUnreached = undefined;
    this.#unreached = false;
    this.#view.connected(this.#options.clock.monotonic());
    if (this.#switched) this.#switched.tellings = 0;
    this.#tellLanguage();
    this.#watch();
    this.#sendTyped();
  }

  /** @param forever no connection follows */
  disconnected(forever = false): void {
    if (forever) {
      this.#cancelUnreached?.();
      this.#unreached = true;
    } else this.#cancelUnreached ??= this.#options.clock.after(UNREACHED_MILLISECONDS, () => this.#giveUpTyped());
    this.#typing.disconnected();
    this.#view.disconnected();
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
  }

  /** To be called about once a second. */
  tick(): void {
    this.#sendTyped();
    this.#followLanguage();
  }

  #sendTyped(): void {
    if (!this.#options.ready()) return;
    for (const { n, d, size } of this.#typing.due(this.#options.clock.monotonic())) {
      this.#options.send({ t: 'input', c: this.#options.client, n, b: this.#typing.base, d, ...size });
    }
  }

  #giveUpTyped(): void {
    this.#unreached = true;
    if (this.#typing.empty) return;
    this.#typing.giveUp();
    this.#options.fail('not-connected', 'input');
  }

  #tellLanguage(): void {
    if (!this.#switched || !this.#options.ready()) return;
    this.#switched.at = this.#options.clock.monotonic();
    this.#switched.tellings++;
    this.#options.send({ t: 'language', sv: this.#options.vector() });
  }

  /** A telling may be lost (rule W2): it is repeated while the terminal speaks another language. */
  #followLanguage(): void {
    const switched = this.#switched;
    // A state that was on its way when it was told says nothing yet.
    if (!switched || this.#options.clock.monotonic() - switched.at < LANGUAGE_MILLISECONDS) return;
    const phase = this.state?.phase;
    if (phase && phase.kind !== 'absent' && phase.language === languageOf(this.#options.doc()))
      this.#switched = undefined;
    else if (switched.tellings < LANGUAGE_TELLINGS) this.#tellLanguage();
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
