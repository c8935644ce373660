/** What may come into the text at once: larger pastes are refused with a reason before anything is lost. */
import { EDIT_BYTES } from '@codeconnected/core/room/limits.ts';
import { EditorState, type Extension, type Text } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { ySyncAnnotation } from 'y-codemirror.next';

/** Bytes of text in one edit; the rest of an update is for what Yjs adds. */
export const PASTE_BYTES = EDIT_BYTES - 64 * 1024;
/** Bytes that one UTF-16 unit takes at most in UTF-8. */
const UNIT_BYTES = 3;
/** Bytes that Yjs adds to each of several places, at most. */
const PLACE_BYTES = 32;

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/** Line ends as the document has them, and no half characters, which would not survive the wire. */
export function cleanText(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n');
  // A lone half of a surrogate pair becomes a replacement character here and not silently elsewhere.
  return lines.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
}

/** Two control characters in a row that no text has. */
const BINARY = /[\x00-\x08\x0e-\x1f]{2}/;

/** What dropped files hold as text, one after the other, or why it is refused. */
export async function droppedText(
  files: readonly Blob[],
): Promise<{ readonly text: string } | { readonly refused: 'too-large' | 'not-text' }> {
  if (files.reduce((bytes, { size }) => bytes + size, 0) > PASTE_BYTES) return { refused: 'too-large' };
  try {
    // Strict: what is no UTF-8 would come in as replacement characters.
    const decode = (bytes: ArrayBuffer) => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const texts = (await Promise.all(files.map((file) => file.arrayBuffer()))).map(decode);
    const text = texts.join('\n');
    return BINARY.test(text) ? { refused: 'not-text' } : { text: cleanText(text) };
  } catch {
    // A folder cannot be read either.
    return { refused: 'not-text' };
  }
}

/** @param refused is told why nothing was inserted */
export function inputBounds(refused: (why: 'too-large' | 'not-text') => void): Extension {
  return [
    // Without this a lone \r would split lines here and nowhere else, and every later position would differ.
    EditorState.lineSeparator.of('\n'),
    EditorView.clipboardInputFilter.of(cleanText),
    EditorState.transactionFilter.of((transaction) => {
      if (!transaction.docChanged || transaction.annotation(ySyncAnnotation)) return transaction;
      const pieces: Text[] = [];
      transaction.changes.iterChanges((_fromA, _toA, _fromB, _toB, inserted) => {
        if (inserted.length > 0) pieces.push(inserted);
      });
      // The first place is within what PASTE_BYTES leaves free.
      const places = Math.max(0, pieces.length - 1) * PLACE_BYTES;
      const units = pieces.reduce((sum, { length }) => sum + length, 0);
      // Counted without encoding where it is short enough to be sure.
      if (places + units * UNIT_BYTES <= PASTE_BYTES) return transaction;
      if (places + pieces.reduce((sum, piece) => sum + bytesOf(piece.toString()), 0) <= PASTE_BYTES) return transaction;
      refused('too-large');
      return [];
    }),
    EditorView.domEventHandlers({
      paste(event) {
        const { clipboardData } = event;
        if (!clipboardData || clipboardData.getData('text/plain') || clipboardData.files.length === 0) return false;
        event.preventDefault();
        refused('not-text');
        return true;
      },
      // Files only: the editor itself would leave out a binary one without a word.
      drop(event, view) {
        const files = [...(event.dataTransfer?.files ?? [])];
        if (files.length === 0) return false;
        event.preventDefault();
        const at = { x: event.clientX, y: event.clientY };
        void droppedText(files).then((dropped) => {
          if ('refused' in dropped) return refused(dropped.refused);
          const from = view.posAtCoords(at, false);
          const insert = view.state.toText(dropped.text);
          const selection = { anchor: from, head: from + insert.length };
          view.dispatch({ changes: { from, insert }, selection, userEvent: 'input.drop' });
          view.focus();
        });
        return true;
      },
    }),
  ];
}
