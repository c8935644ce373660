/** What a boot program reads from its stdin when its sandbox is claimed; languages/README.md describes it. */
import { CodedError } from '@codeconnected/core/error/visible.ts';
import type { Program } from '@codeconnected/core/sandbox/sandbox.ts';
import { RUN_FILES_BYTES } from '@codeconnected/core/terminal/limits.ts';
import { FILE_NAME } from '@codeconnected/core/terminal/run-files.ts';

/** What the boot program writes when it waits for the payload. No claim's nonce is known yet. */
export const READY = '\x1b]133;ready\x07';
/** A program that no sandbox takes. */
export class ProgramRefused extends CodedError {}

/** The payload, length first, for a terminal in raw mode. */
export function encodePayload(nonce: string, program: Program): Buffer {
  const parts: Buffer[] = [];
  const line = (text: string) => parts.push(Buffer.from(`${text}\n`));
  line(`nonce ${nonce}`);
  line(`size ${program.columns} ${program.rows}`);
  if (program.entry !== undefined) line(`entry ${program.entry}`);
  if (program.entry !== undefined && !program.files.some((file) => file.name === program.entry)) {
    throw new ProgramRefused('nothing-to-run', `no file is named "${program.entry}"`);
  }
  let bytes = 0;
  for (const file of program.files) {
    if (!FILE_NAME.test(file.name)) throw new ProgramRefused('internal', 'a file has a name that is not allowed');
    const content = Buffer.from(file.text);
    bytes += content.length;
    if (bytes > RUN_FILES_BYTES) throw new ProgramRefused('file-too-large', 'the files are too large');
    line(`file ${content.length} ${file.name}`);
    parts.push(content);
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(`${body.length}\n`), body]);
}
