/** Where a traceback's line stands in the output, by the expression of the language's manifest. */

export interface ErrorPosition {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Where in the text it was found. */
  readonly start: number;
  readonly end: number;
}

/** Compiles a manifest's expression; undefined where there is none or it is none. */
export function errorExpression(source: string | undefined): RegExp | undefined {
  if (!source) return undefined;
  try {
    return new RegExp(source, 'g');
  } catch {
    return undefined;
  }
}

/** All positions in one line of output that name a file of the room. */
export function errorPositions(text: string, expression: RegExp, files: ReadonlySet<string>): ErrorPosition[] {
  const found: ErrorPosition[] = [];
  for (const match of text.matchAll(expression)) {
    const { file, line } = match.groups ?? {};
    const number = Number(line);
    if (file === undefined || !files.has(file) || !Number.isSafeInteger(number) || number < 1) continue;
    found.push({ file, line: number, start: match.index, end: match.index + match[0].length });
  }
  return found;
}
