/** Which of a document's files go into a sandbox, under which names. */
import { CodedError } from '../error/visible.ts';
import type { DocumentText } from '../room/document.ts';
import type { SandboxFile } from '../sandbox/sandbox.ts';
import { RUN_FILES, RUN_FILES_BYTES } from './limits.ts';

/** A bare file name: no folder, no hidden file, nothing that a shell or a path would read otherwise (rule S3). */
export const FILE_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_. +-]{0,99}$/u;

/** @param entry id of the file that starts; of files with one name it is the one that counts */
export function runFiles(
  text: DocumentText,
  entry: string | undefined,
): { readonly files: readonly SandboxFile[]; readonly entry: string } {
  const starts = text.files.find((file) => file.id === entry);
  if (!starts || !FILE_NAME.test(starts.name)) throw new CodedError('nothing-to-run');
  const files = new Map<string, string>([[starts.name, starts.text]]);
  for (const { name, text: content } of text.files) {
    if (FILE_NAME.test(name) && !files.has(name) && files.size < RUN_FILES) files.set(name, content);
  }
  let bytes = 0;
  for (const content of files.values()) bytes += new TextEncoder().encode(content).length;
  if (bytes > RUN_FILES_BYTES) throw new CodedError('file-too-large');
  return { files: [...files].map(([name, content]) => ({ name, text: content })), entry: starts.name };
}
