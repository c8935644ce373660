/** The editor of a room: one view; each file has its own text and its own history of undo. */

import type { Cursor } from '@codeconnected/core/room/frames.ts';
import { Compartment, EditorState, type Extension, Prec, Text } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  type ViewUpdate,
} from '@codemirror/view';
import { yCollab, ySyncAnnotation, yUndoManagerKeymap } from 'y-codemirror.next';
import * as Y from 'yjs';
import { loadPart } from '#lib/load/part.ts';
import { inputBounds } from './bounds.ts';
import { type RemoteCaret, relativeAt, remoteCarets, setRemoteCarets } from './remote-carets.ts';
import { theme } from './theme.ts';
import { undoManager } from './undo.ts';

/** Milliseconds in which the caret goes and comes, unless the person wants no motion. */
const BLINK_MILLISECONDS = 1200;
const STILL = '(prefers-reduced-motion: reduce)';

/** Where the caret stands, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** Characters selected. */
  readonly selected: number;
}

export interface EditorOptions {
  readonly parent: HTMLElement;
  readonly doc: Y.Doc;
  /** For the styles that the editor brings. */
  readonly nonce: string;
  readonly onCursor: (cursor: Cursor) => void;
  readonly onPosition: (position: Position) => void;
  /** Vim's mode; with other keys undefined. */
  readonly onMode: (mode: string | undefined) => void;
  /** The text gained or lost the focus. */
  readonly onFocus: (focused: boolean, byKeyboard: boolean) => void;
  readonly onRun: () => void;
  readonly onRefused: (why: 'too-large' | 'not-text') => void;
  /** A part that comes later could not be loaded, or is there after all. */
  readonly onMissing: (part: EditorPart, missing: boolean) => void;
}

/** What is loaded after the editor can be typed in. */
export type EditorPart = 'extras' | 'language' | 'vim';

/** A file as the editor shows it. */
export interface EditorFile {
  readonly id: string;
  /** Name of a language of `@codemirror/language-data`. */
  readonly mode: string;
  readonly indent: number;
}

/** What is remembered of a file while another is shown. */
interface Kept {
  readonly undo: Y.UndoManager;
  anchor?: string;
  head?: string;
  scroll?: number;
}

export class CodeEditor {
  readonly view: EditorView;
  readonly #options: EditorOptions;
  readonly #files = new Map<string, Kept>();
  readonly #language = new Compartment();
  readonly #keys = new Compartment();
  readonly #extras = new Compartment();
  readonly #width = new Compartment();
  readonly #letters = new Compartment();
  #file: EditorFile | undefined;
  #vim: Extension = [];
  /** What came after the editor could be typed in. */
  #more: typeof import('./extras.ts') | undefined;
  readonly #moreLoaded: Promise<unknown>;
  #support: Extension = [];
  #tabWidth = 0;
  #carets: readonly RemoteCaret[] = [];
  #wantsVim = false;
  #destroyed = false;
  /** A press of the pointer in the text is what gives it the focus. */
  #pointed = false;

  constructor(options: EditorOptions) {
    this.#options = options;
    // The styles come with the first state.
    const state = EditorState.create({ extensions: EditorView.cspNonce.of(options.nonce) });
    this.view = new EditorView({ parent: options.parent, state });
    const { contentDOM } = this.view;
    contentDOM.addEventListener('pointerdown', () => {
      this.#pointed = true;
      options.onFocus(true, false);
    });
    contentDOM.addEventListener('focus', () => options.onFocus(true, !this.#pointed));
    contentDOM.addEventListener('blur', () => {
      this.#pointed = false;
      options.onFocus(false, false);
    });
    this.#moreLoaded = this.#part('extras', () => import('./extras.ts')).then((more) => {
      this.#more = more;
      if (!more || !this.#file) return;
      const width = this.#width.reconfigure(this.#widthOf(this.#file));
      this.view.dispatch({ effects: [this.#extras.reconfigure(more.extras), width] });
    });
  }

  /** Shows a file; the text of the one before stays as it is (rule D5). */
  show(file: EditorFile): void {
    const before = this.#file;
    if (before?.id === file.id && before.mode === file.mode && before.indent === file.indent) return;
    if (before) this.#remember(before.id);
    this.#file = file;
    this.#support = [];
    const focused = this.view.hasFocus;
    const kept = this.#kept(file.id);
    this.view.setState(this.#state(file, kept));
    this.view.dispatch({ effects: setRemoteCarets.of(this.#carets) });
    if (kept.scroll !== undefined) this.view.scrollDOM.scrollTop = kept.scroll;
    if (focused) this.view.focus();
    this.#announce();
    void this.#load(file);
  }

  setCarets(carets: readonly RemoteCaret[]): void {
    this.#carets = carets;
    if (this.#file) this.view.dispatch({ effects: setRemoteCarets.of(carets) });
  }

  /** @param width columns of a tab, or 0 for the language's own */
  setTabWidth(width: number): void {
    this.#tabWidth = width;
    if (this.#file) this.view.dispatch({ effects: this.#width.reconfigure(this.#widthOf(this.#file)) });
  }

  /** The letters have another size: all lines are measured anew, which only another theme makes the view do. */
  measure(): void {
    if (this.#file) this.view.dispatch({ effects: this.#letters.reconfigure(EditorView.theme({})) });
  }

  async setKeys(keys: 'default' | 'vim'): Promise<void> {
    this.#wantsVim = keys === 'vim';
    const vim = this.#wantsVim
      ? await this.#part(
          'vim',
          () => import('./vim.ts'),
          () => this.#wantsVim,
        )
      : undefined;
    // Chosen otherwise meanwhile, or never loaded.
    const chosen = this.#wantsVim && vim !== undefined;
    this.#vim = chosen ? vim.vimKeys(this.#options.onMode) : [];
    if (!chosen) this.#options.onMode(undefined);
    if (this.#destroyed) return;
    this.view.dispatch({ effects: this.#keys.reconfigure(this.#vim) });
  }

  /** Puts the caret at the beginning of a line and shows it. */
  goToLine(number: number): void {
    const { doc } = this.view.state;
    const line = doc.line(Math.min(Math.max(1, number), doc.lines));
    this.view.dispatch({
      selection: { anchor: line.from },
      effects: EditorView.scrollIntoView(line.from, { y: 'center' }),
    });
    this.view.focus();
  }

  /** Puts into view where somebody else's caret stands. */
  goToCaret(head: string): void {
    const file = this.#file;
    if (!file) return;
    try {
      const position = Y.createRelativePositionFromJSON(JSON.parse(head));
      const absolute = Y.createAbsolutePositionFromRelativePosition(position, this.#options.doc);
      if (absolute?.type !== this.#options.doc.getText(file.id)) return;
      const at = Math.min(absolute.index, this.view.state.doc.length);
      this.view.dispatch({ effects: EditorView.scrollIntoView(at, { y: 'center' }) });
    } catch {
      // What another page sent is no position: there is nowhere to go.
    }
  }

  search(): void {
    this.#more?.openSearchPanel(this.view);
  }

  toggleComment(): void {
    this.#more?.toggleComment(this.view);
    this.view.focus();
  }

  destroy(): void {
    this.#destroyed = true;
    this.view.destroy();
    for (const { undo } of this.#files.values()) undo.destroy();
  }

  #kept(id: string): Kept {
    let kept = this.#files.get(id);
    if (!kept) {
      const text = this.#options.doc.getText(id);
      kept = { undo: new Y.UndoManager(text, { trackedOrigins: new Set() }) };
      this.#files.set(id, kept);
    }
    return kept;
  }

  #remember(id: string): void {
    const kept = this.#kept(id);
    const text = this.#options.doc.getText(id);
    const { anchor, head } = this.view.state.selection.main;
    kept.anchor = relativeAt(text, anchor);
    kept.head = relativeAt(text, head);
    kept.scroll = this.view.scrollDOM.scrollTop;
  }

  #state(file: EditorFile, kept: Kept): EditorState {
    const { doc } = this.#options;
    const type = doc.getText(file.id);
    const text = Text.of(type.toString().split('\n'));
    const index = (position: string | undefined): number => {
      if (!position) return 0;
      const relative = Y.createRelativePositionFromJSON(JSON.parse(position));
      return Math.min(Y.createAbsolutePositionFromRelativePosition(relative, doc)?.index ?? 0, text.length);
    };
    return EditorState.create({
      doc: text,
      selection: { anchor: index(kept.anchor), head: index(kept.head) },
      extensions: [
        // All keymaps are handled where the first of them stands: Vim must see a key before any.
        this.#keys.of(this.#vim),
        Prec.highest(keymap.of([{ key: 'Mod-Enter', run: () => this.#run() }])),
        EditorView.cspNonce.of(this.#options.nonce),
        EditorView.contentAttributes.of({
          'aria-label': 'Code editor',
          autocapitalize: 'off',
          autocorrect: 'off',
          spellcheck: 'false',
        }),
        inputBounds(this.#options.onRefused),
        lineNumbers(),
        highlightActiveLineGutter(),
        highlightActiveLine(),
        highlightSpecialChars(),
        drawSelection({ cursorBlinkRate: matchMedia(STILL).matches ? 0 : BLINK_MILLISECONDS }),
        EditorState.allowMultipleSelections.of(true),
        EditorView.lineWrapping,
        theme,
        this.#letters.of([]),
        this.#width.of(this.#widthOf(file)),
        this.#language.of(this.#support),
        this.#extras.of(this.#more?.extras ?? []),
        undoManager.of(kept.undo),
        yCollab(type, null, { undoManager: kept.undo }),
        remoteCarets(type),
        keymap.of(yUndoManagerKeymap),
        EditorView.updateListener.of((update) => this.#updated(update)),
      ],
    });
  }

  #run(): boolean {
    this.#options.onRun();
    return true;
  }

  #widthOf({ indent }: EditorFile): Extension {
    const width = this.#tabWidth || indent;
    return [EditorState.tabSize.of(width), this.#more?.indentation(width) ?? []];
  }

  async #load({ mode, id }: EditorFile): Promise<void> {
    await this.#moreLoaded;
    const more = this.#more;
    const shown = () => this.#file?.id === id && this.#file.mode === mode;
    const support = more && (await this.#part('language', () => more.languageSupport(mode), shown));
    if (!support || !shown()) return;
    this.#support = support;
    this.view.dispatch({ effects: this.#language.reconfigure(support) });
  }

  /** A part that is loaded later, for as long as it is wanted. */
  #part<T>(part: EditorPart, load: () => Promise<T>, wanted = () => true): Promise<T | undefined> {
    const failing = (missing: boolean) => this.#options.onMissing(part, missing);
    return loadPart(load, failing, () => !this.#destroyed && wanted());
  }

  #updated(update: ViewUpdate): void {
    const own = update.docChanged && !update.transactions.some((each) => each.annotation(ySyncAnnotation));
    if (own || update.selectionSet || update.focusChanged) this.#announceCursor();
    if (update.docChanged || update.selectionSet) this.#announce();
  }

  #announceCursor(): void {
    const file = this.#file;
    if (!file) return;
    if (!this.view.hasFocus) {
      this.#options.onCursor(null);
      return;
    }
    const text = this.#options.doc.getText(file.id);
    const { anchor, head } = this.view.state.selection.main;
    this.#options.onCursor({ file: file.id, anchor: relativeAt(text, anchor), head: relativeAt(text, head) });
  }

  #announce(): void {
    const { doc, selection } = this.view.state;
    const { head, from, to } = selection.main;
    const line = doc.lineAt(head);
    this.#options.onPosition({ line: line.number, column: head - line.from + 1, selected: to - from });
  }
}
