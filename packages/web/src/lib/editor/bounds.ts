/** What may come into the text at once: larger pastes are refused with a reason before anything is lost. */
import { EDIT_BYTES } from '@codeconnected/core/room/limits.ts';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { ySyncAnnotation } from 'y-codemirror.next';

/** Bytes of text in one edit; the rest of an update is for what Yjs adds. */
export const PASTE_BYTES = EDIT_BYTES - 64 * 1024;
/** Bytes that one UTF-16 unit takes at most in UTF-8. */
const UNIT_BYTES = 3;

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/** Line ends as the document has them, and no half characters, which would not survive the wire. */
export function cleanText(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n');
  // A lone half of a surrogate pair becomes a replacement character here and not silently elsewhere.
  return lines.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
}

/** @param refused is told why nothing was inserted */
export function inputBounds(refused: (why: 'too-large' | 'not-text') => void): Extension {
  return [
    // Without this a lone \r would split lines here and nowhere else, and every later position would differ.
    EditorState.lineSeparator.of('\n'),
    EditorView.clipboardInputFilter.of(cleanText),
    EditorState.transactionFilter.of((transaction) => {
      if (!transaction.docChanged || transaction.annotation(ySyncAnnotation)) return transaction;
      let bytes = 0;
      transaction.changes.iterChanges((_fromA, _toA, _fromB, _toB, inserted) => {
        bytes += inserted.length * UNIT_BYTES > PASTE_BYTES ? bytesOf(inserted.toString()) : 0;
      });
      if (bytes <= PASTE_BYTES) return transaction;
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
      drop(event) {
        const files = [...(event.dataTransfer?.files ?? [])];
        if (files.every(({ size }) => size <= PASTE_BYTES)) return false;
        event.preventDefault();
        refused('too-large');
        return true;
      },
    }),
  ];
}
