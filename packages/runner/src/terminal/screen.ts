/** A terminal without a window: keeps the exact screen of a room, and is the only one that answers queries. */
import { type Clock, systemClock } from '@codeconnected/core/clock.ts';
import { SCROLLBACK_LINES } from '@codeconnected/core/terminal/limits.ts';
import type { Surface } from '@codeconnected/core/terminal/output-cost.ts';
import headless from '@xterm/headless';
import { coreOf } from './internals.ts';
import { serialize } from './serialize.ts';

/**
 * What is parsed per turn of the event loop, in plain characters and in milliseconds, so that no room holds up the
 * others. Characters are what parsing takes on a machine that is at rest, milliseconds what it did take.
 */
export const TURN_CHARACTERS = 64 * 1024;
export const TURN_MILLISECONDS = 2;
/** Characters between two looks at the time; more where there is plain text only. */
export const SLICE_CHARACTERS = 1024;

const CONTROL = /[\0-\x1f]/g;

export interface ScreenOptions {
  readonly columns: number;
  readonly rows: number;
  /** Takes the answer to a query that was in the output. */
  readonly answer: (text: string) => void;
  /** Measures parsing. */
  readonly clock?: Clock;
}

export class Screen {
  readonly #answer: (text: string) => void;
  readonly #clock: Clock;
  #terminal: InstanceType<typeof headless.Terminal>;

  /** Characters that may still be parsed in this turn, and its end. */
  #left = TURN_CHARACTERS;
  #turn: Promise<void> | undefined;

  constructor(options: ScreenOptions) {
    this.#answer = options.answer;
    this.#clock = options.clock ?? systemClock;
    this.#terminal = this.#make(options.columns, options.rows);
  }

  #make(columns: number, rows: number): InstanceType<typeof headless.Terminal> {
    const terminal = new headless.Terminal({
      cols: columns,
      rows,
      scrollback: SCROLLBACK_LINES,
      allowProposedApi: true,
      logLevel: 'off',
    });
    terminal.onData((data) => this.#answer(data));
    return terminal;
  }

  get columns(): number {
    return this.#terminal.cols;
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  /** What the cost of output depends on; a region counts where the screen that is not shown has it, too. */
  get surface(): Surface {
    const { columns, rows } = this;
    const { normal, alt } = coreOf(this.#terminal)._bufferService.buffers;
    const region = [normal, alt].some(({ scrollTop, scrollBottom }) => scrollTop > 0 || scrollBottom < rows - 1);
    return { columns, rows, region, inserting: this.#terminal.modes.insertMode };
  }

  /** Column of the cursor, from 0. */
  get column(): number {
    return this.#terminal.buffer.active.cursorX;
  }

  /** Whether the cursor is in the last column of the last row. */
  get atEnd(): boolean {
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    return cursorX >= this.#terminal.cols - 1 && cursorY >= this.#terminal.rows - 1;
  }

  get alternate(): boolean {
    return this.#terminal.buffer.active.type === 'alternate';
  }

  /** Row of the screen, from 0, below which there is nothing. */
  get lastUsedRow(): number {
    const buffer = this.#terminal.buffer.normal;
    let row = this.#terminal.rows - 1;
    while (row > 0 && buffer.getLine(buffer.baseY + row)?.translateToString(true) === '') row -= 1;
    return Math.max(row, this.alternate ? 0 : buffer.cursorY);
  }

  /**
   * Parses text; resolves when all of it is on the screen. One call at a time: whoever writes waits, which is the
   * backpressure that bounds parsing. Rejects where xterm fails on it; then only `replace` helps.
   * @param cost of parsing it, in plain characters
   * @returns the milliseconds that it took, those between turns left out
   */
  async write(text: string, cost: number = text.length): Promise<number> {
    let milliseconds = 0;
    for (let at = 0; at < text.length; ) {
      if (this.#left <= 0) await this.#turn;
      const end = sliceEnd(text, at);
      const before = this.#clock.monotonic();
      coreOf(this.#terminal).writeSync(text.slice(at, end));
      const took = this.#clock.monotonic() - before;
      milliseconds += took;
      const measured = (took * TURN_CHARACTERS) / TURN_MILLISECONDS;
      this.#left -= Math.max((cost * (end - at)) / text.length, measured);
      at = end;
      this.#turn ??= new Promise((resolve) => {
        setImmediate(() => {
          this.#turn = undefined;
          this.#left = TURN_CHARACTERS;
          resolve();
        });
      });
    }
    return milliseconds;
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
  }

  /** Empties screen and scrollback, but for the line with the cursor. */
  clear(): void {
    this.#terminal.clear();
  }

  /** The exact screen; only while nothing is being written. */
  serialize(): string {
    return serialize(this.#terminal);
  }

  /** What undoes every mode a program may have left behind, and brings the cursor below what is there. */
  leaveProgram(): string {
    const leave = this.alternate ? '\x1b[?1049l' : '';
    const row = this.lastUsedRow;
    const line = this.#terminal.buffer.normal;
    const empty = line.getLine(line.baseY + row)?.translateToString(true) === '';
    const modes = ['9', '1000', '1002', '1003', '1004', '1006', '1016', '2004', '45'].map((mode) => `\x1b[?${mode}l`);
    const place = `\x1b[${row + 1};1H${empty ? '' : '\r\n'}`;
    return `${leave}\x1b[!p\x1b[?7h\x1b[4l\x1b[0 q\x1b[?25h\x1b[0m\x0f${modes.join('')}${place}`;
  }

  /** An empty screen of the same size, after a failure. */
  replace(): void {
    const { cols, rows } = this.#terminal;
    this.#terminal.dispose();
    this.#terminal = this.#make(cols, rows);
  }

  /** For tests: the terminal below. */
  get terminal(): InstanceType<typeof headless.Terminal> {
    return this.#terminal;
  }

  dispose(): void {
    this.#terminal.dispose();
  }
}

/** Where the next slice ends: before a control character, since xterm lays out the text up to one as a whole. */
function sliceEnd(text: string, from: number): number {
  CONTROL.lastIndex = from + SLICE_CHARACTERS;
  return CONTROL.exec(text)?.index ?? text.length;
}
