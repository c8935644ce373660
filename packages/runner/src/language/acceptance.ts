/** The programs that each language brings in `acceptance.json`, so that one suite tests all of them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const program = z.string();
const type = z.string();
const output = z.string();
const code = z.int();

export const acceptanceSchema = z.strictObject({
  hello: z.strictObject({ program, output }),
  /** Asks for a line and uses it. */
  stdin: z.strictObject({ program, type, output }),
  /** Ends with an uncaught error in a line. */
  error: z.strictObject({ program, output, place: z.strictObject({ line: z.int() }) }),
  /** Defines something that is then used at the prompt. */
  definitions: z.strictObject({ program, type, output }),
  /** Defines what is asked for at the prompt afterwards, prints `looping`, then loops for ever. */
  loop: z.strictObject({ program, type, output }),
  promptLoop: z.strictObject({ program, loop: z.string(), type, output }),
  /** Prints what is in the file `my data.txt` beside it. */
  files: z.strictObject({ program }),
  /** Writes until the disk is full, and does not hide what it is told then. */
  fullDisk: z.strictObject({ program }),
  /** Starts processes or threads until it may start no more, and does not hide what it is told then. */
  manyProcesses: z.strictObject({ program }),
  /** Takes memory without end. */
  memory: z.strictObject({ program }),
  exit: z.strictObject({ program, code }),
  exitAtPrompt: z.strictObject({ program, type, code }),
  utf8: z.strictObject({ program, output }),
  /** Writes a character so often, about 1 MB. */
  large: z.strictObject({ program, character: z.string().length(1), count: z.int() }),
  /** Evaluates `first`, then gets it back with the arrow key. */
  history: z.strictObject({ program, first: type, type, output }).optional(),
  /** Uses what the image brings along. */
  packages: z.strictObject({ program, output }).optional(),
});
export type Acceptance = z.infer<typeof acceptanceSchema>;

/** Reads a language's programs. */
export async function readAcceptance(folder: string): Promise<Acceptance> {
  return acceptanceSchema.parse(JSON.parse(await readFile(join(folder, 'acceptance.json'), 'utf8')));
}
