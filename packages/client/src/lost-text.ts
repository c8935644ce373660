/** What a person is handed when another document takes the place of theirs (rule D4). */
import { readDocument } from '@codeconnected/core/room/document.ts';
import type * as Y from 'yjs';

export interface LostText {
  /** Of the file that was in the editor. */
  readonly text: string;
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

/** Reads it before the document goes. */
export function lostText(doc: Y.Doc): LostText {
  const { entry, files } = readDocument(doc);
  return {
    text: (files.find((file) => file.id === entry) ?? files[0])?.text ?? '',
    files: files.map(({ name, text }) => ({ name, text })),
  };
}
