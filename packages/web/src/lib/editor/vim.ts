/** Vim keys; loaded when chosen. */
import type { Extension } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import { CodeMirror, vim } from '@replit/codemirror-vim';
import { redo, undo } from './undo.ts';

// Its own undo knows nothing of who edited what; the room's does (rule D5).
CodeMirror.commands.undo = (cm: { cm6: EditorView }) => undo(cm.cm6);
CodeMirror.commands.redo = (cm: { cm6: EditorView }) => redo(cm.cm6);

/** The keys, to be placed before all others. */
export const vimKeys: Extension = vim();
