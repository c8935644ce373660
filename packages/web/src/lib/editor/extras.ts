/**
 * What the editor can do beyond being typed in: its keys, the languages, search, completion, brackets. Loaded as soon
 * as it can be typed in, and not before, so that this is early.
 */
import {
  autocompletion,
  type CompletionSource,
  closeBrackets,
  closeBracketsKeymap,
  completeAnyWord,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, indentWithTab, toggleComment } from '@codemirror/commands';
import {
  bracketMatching,
  indentOnInput,
  indentUnit,
  LanguageDescription,
  syntaxHighlighting,
} from '@codemirror/language';
import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { crosshairCursor, dropCursor, keymap, rectangularSelection } from '@codemirror/view';
import { highlight } from './highlight.ts';

export { openSearchPanel, toggleComment };

/** Any word of the text. Without a type it is one with what the language itself offers under the same name. */
const anyWord: CompletionSource = async (context) => {
  const found = await completeAnyWord(context);
  return found && { ...found, options: found.options.map(({ label }) => ({ label })) };
};

export const extras: Extension = [
  dropCursor(),
  rectangularSelection(),
  crosshairCursor(),
  indentOnInput(),
  bracketMatching(),
  syntaxHighlighting(highlight),
  closeBrackets(),
  autocompletion({ defaultKeymap: false, icons: false }),
  EditorState.languageData.of(() => [{ autocomplete: anyWord }]),
  search({ top: true }),
  highlightSelectionMatches(),
  keymap.of([...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...defaultKeymap, indentWithTab]),
];

/** One step of indentation. */
export function indentation(columns: number): Extension {
  return indentUnit.of(' '.repeat(columns));
}

/**
 * How a language is read.
 * @param name as `@codemirror/language-data` calls it
 */
export async function languageSupport(name: string): Promise<Extension | undefined> {
  const { languages } = await import('@codemirror/language-data');
  return LanguageDescription.matchLanguageName(languages, name, true)?.load();
}
