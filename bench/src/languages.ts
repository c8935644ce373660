/** What is measured of a language: the program that its own `acceptance.json` greets with, told apart run by run. */
import { join } from 'node:path';
import { readAcceptance } from '@codeconnected/runner/language/acceptance.ts';
import { type Language, mistakeText, readLanguages } from '@codeconnected/runner/language/folders.ts';

export interface Program {
  readonly text: string;
  /** What it prints, and nothing before it did. */
  readonly marker: string;
}

export interface MeasuredLanguage extends Language {
  /** The program of one run. */
  program(run: number): Program;
}

/** Runs are numbered from here on, so that no number begins another. */
const FIRST_RUN = 1001;

/** The greeting with a number behind what it prints. */
export function numbered(hello: { program: string; output: string }, run: number): Program {
  if (!hello.program.includes(hello.output)) {
    throw new Error(`the hello program does not contain what it prints: ${hello.output}`);
  }
  const marker = `${hello.output}${FIRST_RUN + run}`;
  return { text: hello.program.replaceAll(hello.output, marker), marker };
}

/** Every language of a folder. */
export async function measuredLanguages(folder: string): Promise<MeasuredLanguage[]> {
  const { languages, mistakes } = await readLanguages([folder]);
  if (mistakes.length > 0) throw new Error(mistakes.map(mistakeText).join('\n'));
  return Promise.all(
    languages.map(async (language) => {
      const { hello } = await readAcceptance(join(folder, language.id));
      return { ...language, program: (run: number) => numbered(hello, run) };
    }),
  );
}
