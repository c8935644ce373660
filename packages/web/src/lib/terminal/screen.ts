/** The room's terminal on the page: draws what the runner's terminal drew, and sends what is typed. */
import { TERMINAL_COLUMNS, TERMINAL_ROWS } from '@codeconnected/core/room/limits.ts';
import { SCROLLBACK_LINES } from '@codeconnected/core/terminal/limits.ts';
import { type IMarker, Terminal } from '@xterm/xterm';
import type { Drawing } from '#lib/room/room.svelte.ts';
import { copyText } from '#lib/ui/copy.ts';
import { terminalTheme } from './colors.ts';
import type { ErrorPosition } from './error-position.ts';
import { type LinkSource, latestPositions, linkPositions } from './links.ts';
import { isTyped, swallowQueries } from './queries.ts';

const FONT = "'JetBrains Mono Variable', ui-monospace, 'DejaVu Sans Mono', Menlo, monospace";
/** How far letters shrink to show somebody else's wider terminal whole; beyond, it scrolls. */
const SHRINK_LEAST = 0.85;
/** Pixels that the scroll bar covers. */
const SCROLL_BAR = 14;
/** Contrast of every text with what is behind it: WCAG AA. */
const CONTRAST = 4.5;
/** Milliseconds that the letters may take to load before the terminal is measured without them. */
const FONT_MILLISECONDS = 1500;
const INTERRUPT = '\x03';
/** xterm draws no cursor before the first focus or a change to the normal buffer; here it is normal already. */
const SHOW_CURSOR = '\x1b[?1047l';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface ScreenOptions extends LinkSource {
  readonly parent: HTMLElement;
  readonly nonce: string;
  readonly fontSize: number;
  readonly typed: (data: string) => void;
  readonly interrupt: () => void;
  /** The chord that leaves the terminal was pressed. */
  readonly leave: () => void;
  /** What that chord is called, for whoever hears the page. */
  readonly chord: string;
  /** It gained or lost the focus. */
  readonly focused: (focused: boolean, byKeyboard: boolean) => void;
}

/** Calls back with style elements of this document bearing the nonce that lets them in. */
function withNonce(nonce: string, open: () => void): void {
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  }) as typeof document.createElement;
  try {
    open();
  } finally {
    // The document's own is on its prototype.
    Reflect.deleteProperty(document, 'createElement');
  }
}

const between = (value: number, { least, most }: { least: number; most: number }) =>
  Math.min(most, Math.max(least, Math.floor(value)));

export class Screen {
  readonly #terminal: Terminal;
  readonly #options: ScreenOptions;
  #fontSize: number;
  #runStart: IMarker | undefined;
  /** Width and height of a cell for each pixel of font size. */
  #cell: { width: number; height: number } | undefined;

  private constructor(options: ScreenOptions) {
    this.#options = options;
    this.#fontSize = options.fontSize;
    this.#terminal = new Terminal({
      scrollback: SCROLLBACK_LINES,
      fontFamily: FONT,
      fontSize: options.fontSize,
      lineHeight: 1.2,
      minimumContrastRatio: CONTRAST,
      theme: terminalTheme(options.parent),
      cursorInactiveStyle: 'outline',
      macOptionClickForcesSelection: true,
      rightClickSelectsWord: false,
    });
    swallowQueries(this.#terminal);
    linkPositions(this.#terminal, options);
    this.#terminal.onData((data) => this.#typed(data));
    this.#terminal.onWriteParsed(() => this.#showCursor());
    this.#terminal.onBinary((data) => options.typed(data));
    this.#terminal.attachCustomKeyEventHandler((event) => this.#key(event));
    withNonce(options.nonce, () => this.#terminal.open(options.parent));
    this.#terminal.write(SHOW_CURSOR);
    // The screen is the text: nothing else tells it to whoever cannot see it.
    options.parent.querySelector('.xterm-rows')?.removeAttribute('aria-hidden');
    this.#terminal.textarea?.setAttribute('aria-label', `Type into the terminal (${options.chord} leaves it)`);
    this.#tellFocus();
    this.#measure();
  }

  /** Opens the terminal once its letters can be measured. */
  static async open(options: ScreenOptions): Promise<Screen> {
    // Without its letters it is drawn with others.
    const loaded = document.fonts.load(`${options.fontSize}px ${FONT}`).catch(() => undefined);
    await Promise.race([loaded, new Promise((done) => setTimeout(done, FONT_MILLISECONDS))]);
    return new Screen(options);
  }

  draw(drawing: Drawing): void {
    const { data, columns, rows } = drawing;
    // In the order of what is written: a callback runs when all before it is on the screen.
    if (drawing.kind === 'screen') this.#terminal.write('', () => this.#terminal.reset());
    if (columns !== undefined && rows !== undefined) {
      this.#terminal.write('', () => {
        this.#terminal.resize(columns, rows);
        this.fit();
      });
    }
    this.#terminal.write(data);
  }

  /** Calls back when the screen has changed. */
  onChanged(changed: () => void): void {
    this.#terminal.onWriteParsed(changed);
  }

  /** How much fits into this page's own pane at its own letters. */
  size(): Size {
    const room = this.#room();
    const cell = this.#cell;
    if (!room || !cell) return { columns: this.#terminal.cols, rows: this.#terminal.rows };
    return {
      columns: between(room.width / (cell.width * this.#fontSize), TERMINAL_COLUMNS),
      rows: between(room.height / (cell.height * this.#fontSize), TERMINAL_ROWS),
    };
  }

  /**
   * Shows the shared size: with smaller letters where it is wider than the pane, and scrolling beyond that; where it
   * is higher, the part with the cursor.
   */
  fit(): void {
    const room = this.#room();
    const cell = this.#cell;
    if (!room || !cell) return;
    const most = room.width / (this.#terminal.cols * cell.width);
    // Half pixels: smaller steps change nothing that is seen.
    const whole = Math.min(this.#fontSize, Math.floor(most * 2) / 2);
    const size = whole < this.#fontSize * SHRINK_LEAST ? this.#fontSize : whole;
    if (this.#terminal.options.fontSize !== size) this.#terminal.options.fontSize = size;
    this.#showCursor();
  }

  #showCursor(): void {
    const { parent } = this.#options;
    const cell = this.#cell;
    if (!cell || (parent.scrollHeight <= parent.clientHeight && parent.scrollWidth <= parent.clientWidth)) return;
    const size = this.#terminal.options.fontSize ?? this.#fontSize;
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    // One cell more than the cursor's, for the padding.
    const bottom = (cursorY + 2) * cell.height * size;
    const right = (cursorX + 2) * cell.width * size + SCROLL_BAR;
    parent.scrollTop = Math.max(0, bottom - parent.clientHeight);
    parent.scrollLeft = Math.max(0, right - parent.clientWidth);
  }

  setFontSize(size: number): void {
    this.#fontSize = size;
    this.fit();
  }

  applyTheme(): void {
    this.#terminal.options.theme = terminalTheme(this.#options.parent);
  }

  /** A run began: what stands above is of an earlier one. */
  markRun(): void {
    this.#terminal.write('', () => {
      this.#runStart?.dispose();
      this.#runStart = this.#terminal.registerMarker(0);
    });
  }

  latestPositions(): ErrorPosition[] {
    return latestPositions(this.#terminal, this.#options, this.#runStart?.line ?? 0);
  }

  /** All of its text, with what has scrolled away; wrapped lines are one. */
  text(): string {
    const { active } = this.#terminal.buffer;
    const lines: string[] = [];
    for (let row = 0; row < active.length; row++) {
      const line = active.getLine(row);
      const goesOn = active.getLine(row + 1)?.isWrapped ?? false;
      const text = line?.translateToString(!goesOn) ?? '';
      if (line?.isWrapped) lines[lines.length - 1] += text;
      else lines.push(text);
    }
    return `${lines.join('\n').trimEnd()}\n`;
  }

  focus(): void {
    this.#terminal.focus();
  }

  dispose(): void {
    this.#terminal.dispose();
  }

  #tellFocus(): void {
    const { parent, focused } = this.#options;
    let pointed = false;
    parent.addEventListener('pointerdown', () => {
      pointed = true;
      focused(true, false);
    });
    const { textarea } = this.#terminal;
    textarea?.addEventListener('focus', () => focused(true, !pointed));
    textarea?.addEventListener('blur', () => {
      pointed = false;
      focused(false, false);
    });
  }

  #measure(): void {
    const screen = this.#options.parent.querySelector<HTMLElement>('.xterm-screen');
    if (!screen || screen.offsetWidth === 0) return;
    const size = this.#terminal.options.fontSize ?? this.#fontSize;
    this.#cell = {
      width: screen.offsetWidth / this.#terminal.cols / size,
      height: screen.offsetHeight / this.#terminal.rows / size,
    };
  }

  #room(): { width: number; height: number } | undefined {
    if (!this.#cell) this.#measure();
    const { clientWidth, clientHeight } = this.#options.parent;
    const style = getComputedStyle(this.#options.parent);
    const padding = (...sides: string[]) =>
      sides.reduce((sum, side) => sum + Number.parseFloat(style.getPropertyValue(`padding-${side}`)), 0);
    const width = clientWidth - padding('left', 'right') - SCROLL_BAR;
    const height = clientHeight - padding('top', 'bottom');
    return width > 0 && height > 0 ? { width, height } : undefined;
  }

  #typed(data: string): void {
    if (data === INTERRUPT) this.#options.interrupt();
    else if (isTyped(data)) this.#options.typed(data);
  }

  /** @returns whether xterm should handle it */
  #key(event: KeyboardEvent): boolean {
    const { key, ctrlKey, shiftKey, altKey, metaKey } = event;
    const leaves = (ctrlKey && shiftKey && key === 'Escape') || (shiftKey && !ctrlKey && !altKey && key === 'F6');
    if (leaves) {
      if (event.type === 'keydown') this.#options.leave();
      event.preventDefault();
      return false;
    }
    if (ctrlKey && !altKey && !metaKey) {
      const letter = key.toLowerCase();
      // Ctrl-C copies where something is selected, as anywhere else; without a selection it interrupts.
      if (letter === 'c' && (shiftKey || this.#terminal.hasSelection())) {
        if (event.type === 'keydown') {
          void copyText(this.#terminal.getSelection());
          if (!shiftKey) this.#terminal.clearSelection();
        }
        event.preventDefault();
        return false;
      }
      // The browser pastes, and xterm takes what it pastes.
      if (letter === 'v') return false;
      if (shiftKey && letter === 'p') return false;
      if (key === 'Enter') return false;
    }
    return !(metaKey && (key === 'Enter' || key === 'k'));
  }
}
