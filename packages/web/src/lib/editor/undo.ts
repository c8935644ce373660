/** Undo of one's own edits alone (rule D5), one history for each file. */
import { Facet } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import type * as Y from 'yjs';

/** The history of the file that is shown. */
export const undoManager = Facet.define<Y.UndoManager, Y.UndoManager | undefined>({
  combine: (given) => given[0],
});

/** @returns true: the key is taken even where there is nothing to undo, or the browser would undo by itself */
export function undo(view: EditorView): boolean {
  view.state.facet(undoManager)?.undo();
  return true;
}

export function redo(view: EditorView): boolean {
  view.state.facet(undoManager)?.redo();
  return true;
}
