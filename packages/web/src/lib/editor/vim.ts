/** Vim keys; loaded when chosen. */
import type { Extension } from '@codemirror/state';
import { type EditorView, ViewPlugin } from '@codemirror/view';
import { CodeMirror, getCM, vim } from '@replit/codemirror-vim';
import { redo, undo } from './undo.ts';

// Its own undo knows nothing of who edited what; the room's does (rule D5).
CodeMirror.commands.undo = (cm: { cm6: EditorView }) => undo(cm.cm6);
CodeMirror.commands.redo = (cm: { cm6: EditorView }) => redo(cm.cm6);

/**
 * The keys, to be placed before all others.
 * @param onMode called with Vim's mode whenever it is another
 */
export function vimKeys(onMode: (mode: string) => void): Extension {
  const telling = ViewPlugin.define((view) => {
    onMode('normal');
    const tell = ({ mode }: { mode: string }) => onMode(mode);
    const cm = getCM(view);
    cm?.on('vim-mode-change', tell);
    return { destroy: () => cm?.off('vim-mode-change', tell) };
  });
  return [vim(), telling];
}
