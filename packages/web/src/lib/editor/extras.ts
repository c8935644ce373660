/** What the editor can do beyond being typed in; loaded once it can be. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completeAnyWord,
  completionKeymap,
} from '@codemirror/autocomplete';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { keymap } from '@codemirror/view';

/** Search, any-word completion, closing of brackets. */
export const extras: Extension = [
  closeBrackets(),
  autocompletion({ defaultKeymap: false, icons: false }),
  EditorState.languageData.of(() => [{ autocomplete: completeAnyWord }]),
  search({ top: true }),
  highlightSelectionMatches(),
  keymap.of([...closeBracketsKeymap, ...completionKeymap, ...searchKeymap]),
];

export { openSearchPanel } from '@codemirror/search';
