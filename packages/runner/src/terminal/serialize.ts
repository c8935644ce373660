/**
 * Writes a terminal as text that, written into a reset terminal of the same size, gives the same terminal: cells
 * with their attributes, wrapped lines, both buffers, cursor (at a line's end too), saved cursor, scroll region, tab
 * stops, character sets and modes. The parser must be at rest.
 *
 * A program decides how much text its cells take, so the text is bounded: lines that scrolled away go first, the
 * oldest before the others, then the attributes of what is on the screen.
 */
import { SCREEN_BYTES } from '@codeconnected/core/terminal/limits.ts';
import type { IBuffer, Terminal } from '@xterm/headless';
import { type Attributes, attributesOf, type BufferInternals, type Charset, coreOf, internalsOf } from './internals.ts';

/** Columns between the tab stops of a reset terminal. */
const TAB_COLUMNS = 8;
const PLAIN = '\x1b[0m';
const TO_ALTERNATE = '\x1b[?1047h\x1b[H';
/** Bytes in a frame of what comes before a first line that goes on from none, with room to spare. */
const BEFORE_BYTES = 64;
/** Characters of a cell without its attributes: a letter with its accents; programs may pile up any number. */
const BARE_CHARACTERS = 4;

/** Whether cells have all that they hold, or only what a screen of any size has room for. */
type Detail = 'exact' | 'bare';

/** Bytes that a text takes in a frame. */
function bytesOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

function charactersOf(chars: string, detail: Detail): string {
  return detail === 'exact' || chars.length <= BARE_CHARACTERS ? chars : [...chars].slice(0, BARE_CHARACTERS).join('');
}

/** Parameters of the colour; `base` is 30 for characters and 40 for their background. */
function color(base: number, rgb: boolean, palette: boolean, value: number): string {
  if (rgb) return `;${base + 8};2;${(value >>> 16) & 255};${(value >>> 8) & 255};${value & 255}`;
  if (!palette) return '';
  if (value >= 16) return `;${base + 8};5;${value}`;
  return `;${value >= 8 ? base + 60 + (value & 7) : base + value}`;
}

function background(cell: Attributes): string {
  return color(40, cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor());
}

/** The sequence that sets exactly these attributes, whatever was set before. */
export function attributeSequence(cell: Attributes): string {
  let text = '\x1b[0';
  if (cell.isBold()) text += ';1';
  if (cell.isDim()) text += ';2';
  if (cell.isItalic()) text += ';3';
  if (cell.isUnderline()) text += cell.getUnderlineStyle() > 1 ? `;4:${cell.getUnderlineStyle()}` : ';4';
  if (cell.isBlink()) text += ';5';
  if (cell.isInverse()) text += ';7';
  if (cell.isInvisible()) text += ';8';
  if (cell.isStrikethrough()) text += ';9';
  if (cell.isOverline()) text += ';53';
  text += color(30, cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor());
  text += background(cell);
  if (cell.hasExtendedAttrs() && !cell.isUnderlineColorDefault()) {
    const value = cell.getUnderlineColor();
    text += cell.isUnderlineColorRGB()
      ? `;58:2::${(value >>> 16) & 255}:${(value >>> 8) & 255}:${value & 255}`
      : `;58:5:${value}`;
  }
  return `${text}m`;
}

/** One line with what begins the next; attributes are plain before and after it. */
function lineOf(buffer: IBuffer, row: number, columns: number, detail: Detail): string {
  const cell = buffer.getNullCell();
  const line = buffer.getLine(row)!;
  const sequenceOf = () => (detail === 'exact' ? attributeSequence(attributesOf(cell)) : PLAIN);
  let text = '';
  /** The attribute sequence in force. */
  let pen = PLAIN;
  const draw = (sequence: string) => {
    if (sequence !== pen) text += sequence;
    pen = sequence;
  };
  /** Columns to step over, erased to `erased` first where that is a background. */
  let gap = 0;
  let erased = PLAIN;
  let lastEmpty = true;
  const step = () => {
    if (gap === 0) return;
    if (erased !== PLAIN) {
      draw(erased);
      text += `\x1b[${gap}X`;
    }
    text += `\x1b[${gap}C`;
    gap = 0;
  };
  for (let column = 0; column < columns; column++) {
    line.getCell(column, cell);
    if (cell.getWidth() === 0) continue;
    const chars = charactersOf(cell.getChars(), detail);
    if (chars === '') lastEmpty = true;
    const sequence = sequenceOf();
    // Erased cells have no character, and of attributes a background at most.
    if (chars === '' && (detail === 'bare' || sequence === `\x1b[0${background(attributesOf(cell))}m`)) {
      if (sequence !== erased) step();
      erased = sequence;
      gap += 1;
      continue;
    }
    step();
    draw(sequence);
    text += chars === '' ? ' ' : chars;
    lastEmpty = false;
  }
  if (erased !== PLAIN) step();
  // A new line takes the background in force.
  draw(PLAIN);
  if (row + 1 === buffer.length) return text;
  if (!buffer.getLine(row + 1)!.isWrapped) return `${text}\r\n`;
  if (!lastEmpty) return `${text}x\r\x1b[X`;
  // Only a character in the last column makes the next one wrap; then the column gets back what it had.
  line.getCell(columns - 1, cell);
  const sequence = sequenceOf();
  const back = sequence === PLAIN ? '\x1b[X' : `${sequence}\x1b[X${PLAIN}`;
  return `${text}\x1b[${columns}Gxx\x1b[A\x1b[${columns}G${back}\x1b[B\r\x1b[X`;
}

/** Lines of a buffer, put together from the last one up for as long as they fit. */
class Lines {
  readonly #buffer: IBuffer;
  readonly #columns: number;
  readonly #detail: Detail;
  readonly #texts: string[] = [];

  constructor(buffer: IBuffer, columns: number, detail: Detail) {
    this.#buffer = buffer;
    this.#columns = columns;
    this.#detail = detail;
  }

  /** Lines there are. */
  get count(): number {
    return this.#texts.length;
  }

  get text(): string {
    return this.#texts.toReversed().join('');
  }

  /** Lines at the top that are left out. */
  get dropped(): number {
    return this.#buffer.length - this.count;
  }

  /** What the first line goes on from is gone: a full line before it, then none. */
  get before(): string {
    return this.#buffer.getLine(this.dropped)?.isWrapped ? `\x1b[${this.#columns}Gxx\x1b[H\x1b[M\x1b[X` : '';
  }

  /** Takes up to so many lines in all. @returns the bytes that are left */
  fill(lines: number, bytes: number): number {
    let left = bytes;
    for (let row = this.#buffer.length - 1 - this.count; row >= 0 && this.count < lines; row--) {
      const text = lineOf(this.#buffer, row, this.#columns, this.#detail);
      const size = bytesOf(text);
      if (size > left) break;
      this.#texts.push(text);
      left -= size;
    }
    return left;
  }
}

function charsetSequence(slot: number, charset: Charset): string {
  const opener = '()*+'[slot];
  if (!charset || !opener) return '';
  if (charset.q === '─') return `\x1b${opener}0`;
  if (charset['#'] === '£') return `\x1b${opener}A`;
  return '';
}

function tabStops(own: BufferInternals, columns: number): string {
  let usual = true;
  let text = '\x1b[3g';
  for (let column = 0; column < columns; column++) {
    const stop = own.tabs[column] === true;
    if (stop !== (column % TAB_COLUMNS === 0)) usual = false;
    if (stop) text += `\x1b[${column + 1}G\x1bH`;
  }
  return usual ? '' : text;
}

/**
 * The saved cursor; to be written first. It is kept by its line from the top of the scrollback, and stays there when
 * the screen moves on or the scrollback is erased: so it is saved in that line, below a scrollback that goes again.
 * @param dropped lines at the top that are left out
 */
function savedCursor(own: BufferInternals, rows: number, dropped: number): string {
  const attributes = attributeSequence(own.savedCurAttrData);
  const charset = charsetSequence(0, own.savedCharset);
  const savedY = Math.max(0, own.savedY - dropped);
  if (savedY === 0 && own.savedX === 0 && attributes === PLAIN && charset === '') return '';
  const scrolled = Math.max(0, savedY - (rows - 1));
  const scroll = scrolled > 0 ? `\x1b[${rows};1H${'\n'.repeat(scrolled)}` : '';
  const place = `\x1b[${savedY - scrolled + 1};${own.savedX + 1}H`;
  const reset = charset === '' ? '' : '\x1b(B';
  return `${scroll}${place}${attributes}${charset}\x1b7${PLAIN}${reset}${scrolled > 0 ? '\x1b[3J' : ''}\x1b[H`;
}

/** What belongs to one buffer alone, beside its lines and its saved cursor. */
function placesOf(terminal: Terminal, own: BufferInternals): string {
  const region =
    own.scrollTop === 0 && own.scrollBottom === terminal.rows - 1
      ? ''
      : `\x1b[${own.scrollTop + 1};${own.scrollBottom + 1}r`;
  return tabStops(own, terminal.cols) + region;
}

const MOUSE = { none: '', x10: '\x1b[?9h', vt200: '\x1b[?1000h', drag: '\x1b[?1002h', any: '\x1b[?1003h' } as const;
const MOUSE_ENCODING: Readonly<Record<string, string>> = { SGR: '\x1b[?1006h', SGR_PIXELS: '\x1b[?1016h' };
const CURSOR_STYLE: Readonly<Record<string, number>> = { block: 2, underline: 4, bar: 6 };

function modesOf(terminal: Terminal): string {
  const { modes } = terminal;
  const { coreService, coreMouseService, _charsetService } = coreOf(terminal);
  let text = '';
  if (modes.applicationCursorKeysMode) text += '\x1b[?1h';
  if (modes.applicationKeypadMode) text += '\x1b[?66h';
  if (modes.bracketedPasteMode) text += '\x1b[?2004h';
  if (modes.reverseWraparoundMode) text += '\x1b[?45h';
  if (modes.sendFocusMode) text += '\x1b[?1004h';
  text += MOUSE[modes.mouseTrackingMode];
  text += MOUSE_ENCODING[coreMouseService.activeEncoding] ?? '';
  if (coreService.isCursorHidden) text += '\x1b[?25l';
  const { cursorStyle, cursorBlink } = coreService.decPrivateModes;
  const style = CURSOR_STYLE[cursorStyle ?? ''];
  if (style !== undefined) text += `\x1b[${cursorBlink ? style - 1 : style} q`;
  const { glevel, charset: inForce, _charsets } = _charsetService;
  for (let slot = 0; slot < 4; slot++) text += charsetSequence(slot, slot === glevel ? inForce : _charsets[slot]);
  text += ['', '\x0e', '\x1bn', '\x1bo'][glevel] ?? '';
  return text;
}

/** Position, attributes, and the modes that change how characters are placed, in the order that keeps them apart. */
function cursorOf(terminal: Terminal, detail: Detail): string {
  const buffer = terminal.buffer.active;
  const own = internalsOf(terminal, buffer);
  const { modes } = terminal;
  const { _curAttrData, _parser } = coreOf(terminal)._inputHandler;
  const top = modes.originMode ? own.scrollTop : 0;
  const at = (column: number) => `\x1b[${own.y - top + 1};${column + 1}H`;
  // After ?6h the cursor is at home, and rows count from the scroll region's.
  const origin = modes.originMode ? '\x1b[?6h' : '';
  const late = (modes.insertMode ? '\x1b[4h' : '') + (modes.wraparoundMode ? '' : '\x1b[?7l');
  const pen = attributeSequence(_curAttrData);
  const cell = buffer.getNullCell();
  const line = buffer.getLine(own.ybase + own.y);
  let column = Math.min(own.x, terminal.cols) - 1;
  if (column > 0 && line?.getCell(column, cell)?.getWidth() === 0) column -= 1;
  const last = column < 0 ? undefined : line?.getCell(column, cell);
  const beyond = own.x >= terminal.cols;
  // Beyond the last column, or where a combining character may follow, only printing the character again is exact.
  const joining = _parser.precedingJoinState !== 0;
  if (!last || !(beyond || joining)) return `${origin}${at(Math.min(own.x, terminal.cols - 1))}${late}${pen}`;
  const chars = charactersOf(last.getChars(), detail) || ' ';
  // Where characters are inserted, the one to be printed again is taken out before.
  const out = modes.insertMode ? `\x1b[${last.getWidth()}P` : '';
  if (joining) return `${origin}${late}${at(column)}${pen}${out}${chars}`;
  const sequence = detail === 'exact' ? attributeSequence(attributesOf(last)) : PLAIN;
  return `${origin}${at(column)}${sequence}${chars}${late}${pen}`;
}

/** One buffer, put together piece by piece. */
class Half {
  readonly lines: Lines;
  readonly #own: BufferInternals;
  readonly #rows: number;
  readonly #places: string;

  constructor(terminal: Terminal, buffer: IBuffer, detail: Detail) {
    this.lines = new Lines(buffer, terminal.cols, detail);
    this.#own = internalsOf(terminal, buffer);
    this.#rows = terminal.rows;
    this.#places = placesOf(terminal, this.#own);
  }

  get text(): string {
    const { lines } = this;
    return savedCursor(this.#own, this.#rows, lines.dropped) + lines.before + lines.text + this.#places;
  }

  /** Bytes of all but the lines, at most. */
  get bytes(): number {
    return bytesOf(savedCursor(this.#own, this.#rows, 0) + this.#places) + BEFORE_BYTES;
  }
}

/** @returns undefined where what is on the screen does not fit */
function written(terminal: Terminal, most: number, detail: Detail): string | undefined {
  const { normal, active, alternate } = terminal.buffer;
  const { rows } = terminal;
  const tail = modesOf(terminal) + cursorOf(terminal, detail);
  const below = new Half(terminal, normal, detail);
  const above = active.type === 'alternate' ? new Half(terminal, alternate, detail) : undefined;
  let left = most - bytesOf(tail) - below.bytes - (above ? above.bytes + bytesOf(TO_ALTERNATE) : 0);
  if (above) left = above.lines.fill(rows, left);
  left = below.lines.fill(rows, left);
  if (below.lines.count < rows || (above && above.lines.count < rows)) return undefined;
  below.lines.fill(normal.length, left);
  return below.text + (above ? TO_ALTERNATE + above.text : '') + tail;
}

/**
 * The whole terminal as text.
 * @param most bytes of it in a frame; a screen of any size fits into the usual number without its attributes
 */
export function serialize(terminal: Terminal, most: number = SCREEN_BYTES): string {
  return written(terminal, most, 'exact') ?? written(terminal, most, 'bare') ?? '';
}
