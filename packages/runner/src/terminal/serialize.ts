/**
 * Writes a terminal as text that, written into a reset terminal of the same size, gives the same terminal: cells
 * with their attributes, wrapped lines, both buffers, cursor (at a line's end too), saved cursor, scroll region, tab
 * stops, character sets and modes. The parser must be at rest.
 */
import type { IBuffer, Terminal } from '@xterm/headless';
import { type Attributes, attributesOf, type BufferInternals, type Charset, coreOf, internalsOf } from './internals.ts';

/** Columns between the tab stops of a reset terminal. */
const TAB_COLUMNS = 8;
const PLAIN = '\x1b[0m';

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

/** A buffer's lines from the top of its scrollback to the bottom of the screen. */
function linesOf(buffer: IBuffer, columns: number): string {
  const cell = buffer.getNullCell();
  // What the first line goes on from may be gone, beyond the scrollback or deleted: a full line before it, then none.
  let text = buffer.getLine(0)?.isWrapped ? `\x1b[${columns}Gxx\x1b[H\x1b[M\x1b[X` : '';
  /** The attribute sequence in force. */
  let pen = PLAIN;
  const draw = (sequence: string) => {
    if (sequence !== pen) text += sequence;
    pen = sequence;
  };
  for (let row = 0; row < buffer.length; row++) {
    const line = buffer.getLine(row)!;
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
      const chars = cell.getChars();
      if (chars === '') lastEmpty = true;
      const attributes = attributesOf(cell);
      const sequence = attributeSequence(attributes);
      // Erased cells have no character, and of attributes a background at most.
      if (chars === '' && sequence === `\x1b[0${background(attributes)}m`) {
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
    if (row + 1 === buffer.length) break;
    // A new line takes the background in force.
    draw(PLAIN);
    if (!buffer.getLine(row + 1)!.isWrapped) text += '\r\n';
    else if (!lastEmpty) text += 'x\r\x1b[X';
    else {
      // Only a character in the last column makes the next one wrap; then the column gets back what it had.
      line.getCell(columns - 1, cell);
      const sequence = attributeSequence(attributesOf(cell));
      text += `\x1b[${columns}Gxx\x1b[A\x1b[${columns}G`;
      text += sequence === PLAIN ? '\x1b[X' : `${sequence}\x1b[X${PLAIN}`;
      text += '\x1b[B\r\x1b[X';
    }
  }
  draw(PLAIN);
  return text;
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
 */
function savedCursor(own: BufferInternals, rows: number): string {
  const attributes = attributeSequence(own.savedCurAttrData);
  const charset = charsetSequence(0, own.savedCharset);
  if (own.savedY === 0 && own.savedX === 0 && attributes === PLAIN && charset === '') return '';
  const scrolled = Math.max(0, own.savedY - (rows - 1));
  const scroll = scrolled > 0 ? `\x1b[${rows};1H${'\n'.repeat(scrolled)}` : '';
  const place = `\x1b[${own.savedY - scrolled + 1};${own.savedX + 1}H`;
  const reset = charset === '' ? '' : '\x1b(B';
  return `${scroll}${place}${attributes}${charset}\x1b7${PLAIN}${reset}${scrolled > 0 ? '\x1b[3J' : ''}\x1b[H`;
}

/** One buffer with what belongs to it alone. */
function bufferOf(terminal: Terminal, buffer: IBuffer): string {
  const own = internalsOf(terminal, buffer);
  const region =
    own.scrollTop === 0 && own.scrollBottom === terminal.rows - 1
      ? ''
      : `\x1b[${own.scrollTop + 1};${own.scrollBottom + 1}r`;
  return savedCursor(own, terminal.rows) + linesOf(buffer, terminal.cols) + tabStops(own, terminal.cols) + region;
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
function cursorOf(terminal: Terminal): string {
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
  const chars = last.getChars() || ' ';
  // Where characters are inserted, the one to be printed again is taken out before.
  const out = modes.insertMode ? `\x1b[${last.getWidth()}P` : '';
  if (joining) return `${origin}${late}${at(column)}${pen}${out}${chars}`;
  return `${origin}${at(column)}${attributeSequence(attributesOf(last))}${chars}${late}${pen}`;
}

/** The whole terminal as text. */
export function serialize(terminal: Terminal): string {
  const { normal, active, alternate } = terminal.buffer;
  let text = bufferOf(terminal, normal);
  if (active.type === 'alternate') text += `\x1b[?1047h\x1b[H${bufferOf(terminal, alternate)}`;
  return text + modesOf(terminal) + cursorOf(terminal);
}
