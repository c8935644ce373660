/**
 * The parts of a headless terminal's state that its public API does not show, named in one place. They are what
 * a screen needs besides its cells to go on exactly where the original stands.
 */
import type { IBuffer, IBufferCell, Terminal } from '@xterm/headless';

/** Attributes as cells and the cursor carry them; the public cell's own methods are a part of it. */
export interface Attributes {
  isInverse(): number;
  isBold(): number;
  isUnderline(): number;
  isBlink(): number;
  isInvisible(): number;
  isItalic(): number;
  isDim(): number;
  isStrikethrough(): number;
  isOverline(): number;
  isFgRGB(): boolean;
  isFgPalette(): boolean;
  isBgRGB(): boolean;
  isBgPalette(): boolean;
  getFgColor(): number;
  getBgColor(): number;
  /** Whether an underline's style or colour is its own; without, the colour is the character's. */
  hasExtendedAttrs(): number;
  getUnderlineStyle(): number;
  isUnderlineColorDefault(): boolean;
  isUnderlineColorRGB(): boolean;
  getUnderlineColor(): number;
}

/** A table of characters that replaces others, such as the line drawing set. */
export type Charset = Readonly<Record<string, string>> | undefined;

export interface BufferInternals {
  readonly x: number;
  readonly y: number;
  readonly ybase: number;
  readonly tabs: Readonly<Record<number, boolean | undefined>>;
  readonly savedX: number;
  readonly savedY: number;
  readonly savedCurAttrData: Attributes;
  readonly savedCharset: Charset;
  readonly scrollTop: number;
  readonly scrollBottom: number;
}

interface Core {
  /** Parses at once, which the public `write` leaves to a timer. */
  writeSync(data: string): void;
  readonly _inputHandler: {
    readonly _curAttrData: Attributes;
    readonly _parser: { readonly precedingJoinState: number };
  };
  readonly _charsetService: {
    readonly glevel: number;
    /** The one in force: restoring a cursor restores it, and leaves its slot as it was. */
    readonly charset: Charset;
    readonly _charsets: readonly Charset[];
  };
  readonly coreService: {
    readonly isCursorHidden: boolean;
    readonly decPrivateModes: { readonly cursorStyle?: string; readonly cursorBlink?: boolean };
  };
  readonly coreMouseService: { readonly activeEncoding: string };
  readonly _bufferService: { readonly buffers: { readonly normal: BufferInternals; readonly alt: BufferInternals } };
}

/** @returns the terminal's own state */
export function coreOf(terminal: Terminal): Core {
  return (terminal as unknown as { _core: Core })._core;
}

/** @returns a buffer's own state */
export function internalsOf(terminal: Terminal, buffer: IBuffer): BufferInternals {
  const { normal, alt } = coreOf(terminal)._bufferService.buffers;
  return buffer.type === 'alternate' ? alt : normal;
}

/** @returns a public cell with all of its attributes */
export function attributesOf(cell: IBufferCell): Attributes {
  return cell as unknown as Attributes;
}
