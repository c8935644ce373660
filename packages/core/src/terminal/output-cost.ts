/**
 * What output costs whoever parses it, in units of one plain character: some 25 ns of one core. A sequence of three
 * characters may take as long as thousands of those. The numbers were measured with xterm on screens from 80×24 to
 * 300×120 and are rounded up; what none of them foresees is measured while it is parsed.
 */

/** The terminal that output is meant for, as far as its cost depends on it. */
export interface Surface {
  readonly columns: number;
  readonly rows: number;
  /** Whether less than the whole screen scrolls: xterm then rearranges its lines for each line feed. */
  readonly region: boolean;
  /** Whether characters are inserted: each moves the rest of its line. */
  readonly inserting: boolean;
}

/** Units for any sequence, beside its characters; colours, which are frequent, cost these alone. */
const SEQUENCE = 16;
/** Units for a sequence that is answered, or told to others, such as a title. */
const MESSAGE = 128;
/** Units for a line feed that scrolls the whole screen. */
const LINE_FEED = 8;
/** Units for one more line in the middle, beside one for each of its cells and each line that moves. */
const LINE = 100;
/** Units for a cell of an inserted character's line. */
const INSERTED_CELL = 1 / 4;
/** Units for a character that is repeated. */
const REPEATED = 8;
/** Units for one step from tab stop to tab stop. */
const TAB = 3;
/** Units for each cell of a screen that is reset; where it is erased or changed for the other one, it is one. */
const RESET_CELL = 2;

/** The other screen is put on, or taken off. */
const SCREENS = /^\[\?(?:.*[;:])?0*(?:47|1047|1049)(?:[;:].*)?[hl]$/;
/** Moves the columns of all lines. */
const COLUMNS = /(?: [@A]|'[}~])$/;
/** Inserting, among the modes that are set. */
const INSERTING = /^\[(?:.*[;:])?0*4(?:[;:].*)?h$/;

export class OutputCost {
  readonly #columns: number;
  readonly #cells: number;
  readonly #line: number;
  /** Within one piece of output these are only ever raised, but for a full reset: the terminal knows better after it. */
  #region: boolean;
  #inserting: boolean;
  #character = 1;

  constructor(surface: Surface) {
    this.#columns = surface.columns;
    this.#cells = surface.columns * surface.rows;
    this.#line = LINE + surface.columns + surface.rows;
    this.#region = surface.region;
    this.#inserting = surface.inserting;
    this.#weigh();
  }

  /** @returns the cost of a character that is printed, or of a control character */
  character(code: number): number {
    if (code >= 0x0a && code <= 0x0c) return this.#region ? this.#line : LINE_FEED;
    return this.#character;
  }

  /** @param text a whole control or escape sequence, after ESC */
  sequence(text: string): number {
    return 1 + text.length + (text.startsWith('[') ? this.#control(text) : this.#escape(text));
  }

  /** @param text a string sequence, such as a title */
  message(text: string): number {
    return text.length + MESSAGE;
  }

  #weigh(): void {
    this.#character = 1;
    if (this.#inserting) this.#character += this.#columns * INSERTED_CELL;
    // A line that is full scrolls as well.
    if (this.#region) this.#character += this.#line / this.#columns;
  }

  #escape(text: string): number {
    if (text === 'M') return this.#line;
    if (text === 'D' || text === 'E') return SEQUENCE + (this.#region ? this.#line : LINE_FEED);
    if (text === '#8') return this.#cells;
    if (text !== 'c') return SEQUENCE;
    this.#region = false;
    this.#inserting = false;
    this.#weigh();
    return this.#cells * RESET_CELL;
  }

  #control(text: string): number {
    if (COLUMNS.test(text)) return this.#cells;
    const count = Number(/\d+/.exec(text)?.[0] ?? 1) || 1;
    switch (text.at(-1)) {
      case 'm':
        return 0;
      case 'J':
        return this.#cells;
      case 'K':
      case 'X':
      case 'P':
      case '@':
        return SEQUENCE + this.#columns;
      case 'S':
      case 'T':
      case 'L':
      case 'M':
        return SEQUENCE + count * this.#line;
      case 'b':
        return SEQUENCE + count * REPEATED * this.#character;
      case 'I':
      case 'Z':
        return SEQUENCE + count * TAB;
      case 'h':
      case 'l':
        return this.#mode(text);
      case 'r':
        if (text !== '[r') this.#region = true;
        this.#weigh();
        return SEQUENCE;
      default:
        return SEQUENCE;
    }
  }

  #mode(text: string): number {
    if (INSERTING.test(text)) this.#inserting = true;
    this.#weigh();
    return SEQUENCE + (SCREENS.test(text) ? this.#cells : 0);
  }
}
