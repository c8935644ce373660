/** A terminal without a window: keeps the exact screen of a room, and is the only one that answers queries. */
import { SCROLLBACK_LINES } from '@codeconnected/core/terminal/limits.ts';
import headless from '@xterm/headless';
import { coreOf } from './internals.ts';
import { serialize } from './serialize.ts';

/** Characters parsed per turn of the event loop: about 2 ms of one core, so that no room holds up the others. */
export const TURN_CHARACTERS = 64 * 1024;

/** A sequence that shifts lines, and by how many. */
const SHIFT = /\x1b\[(\d+)[STLM]/g;
/** Characters whose parsing takes as long as shifting lines by one: 4 µs against 27 ns, measured. */
const SHIFT_CHARACTERS = 150;

export interface ScreenOptions {
  readonly columns: number;
  readonly rows: number;
  /** Takes the answer to a query that was in the output. */
  readonly answer: (text: string) => void;
}

export class Screen {
  readonly #answer: (text: string) => void;
  #terminal: InstanceType<typeof headless.Terminal>;

  /** Characters that may still be parsed in this turn, and its end. */
  #left = TURN_CHARACTERS;
  #turn: Promise<void> | undefined;

  constructor(options: ScreenOptions) {
    this.#answer = options.answer;
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
   */
  async write(text: string): Promise<void> {
    for (let at = 0; at < text.length; ) {
      if (this.#left === 0) await this.#turn;
      const { end, cost } = within(text, at, this.#left);
      coreOf(this.#terminal).writeSync(text.slice(at, end));
      at = end;
      this.#left = Math.max(0, this.#left - cost);
      this.#turn ??= new Promise((resolve) => {
        setImmediate(() => {
          this.#turn = undefined;
          this.#left = TURN_CHARACTERS;
          resolve();
        });
      });
    }
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

/** Where to cut so that what is parsed costs no more than so many characters, or one sequence that costs more. */
function within(text: string, from: number, left: number): { end: number; cost: number } {
  let end = from;
  let cost = 0;
  SHIFT.lastIndex = from;
  while (cost < left && end < text.length) {
    const shift = SHIFT.exec(text);
    const plain = (shift?.index ?? text.length) - end;
    if (cost + plain >= left) return { end: end + left - cost, cost: left };
    cost += plain;
    end += plain;
    if (!shift) break;
    cost += shift[0].length + Number(shift[1]) * SHIFT_CHARACTERS;
    end += shift[0].length;
  }
  return { end, cost };
}
