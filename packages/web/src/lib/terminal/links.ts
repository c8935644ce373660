/** Traceback lines in the terminal as links to the editor. */
import type { IBufferLine, ILink, Terminal } from '@xterm/xterm';
import { type ErrorPosition, errorPositions } from './error-position.ts';

/** Rows that one logical line may take; beyond, it is no traceback. */
const ROWS_MOST = 20;
/** Rows from the bottom in which the latest traceback is looked for. */
const LATEST_ROWS = 200;
/** Positions of one traceback that are offered. */
const LATEST_MOST = 2;

/** A logical line: its text, and the cell at which each of its characters stands. */
interface LogicalLine {
  readonly text: string;
  /** For each UTF-16 unit: column and row, counted from 1 as links count. */
  readonly cells: readonly { readonly x: number; readonly y: number }[];
}

function append(
  line: IBufferLine,
  y: number,
  columns: number,
  into: { text: string; cells: { x: number; y: number }[] },
) {
  for (let x = 0; x < columns; x++) {
    const cell = line.getCell(x);
    if (!cell || cell.getWidth() === 0) continue;
    const characters = cell.getChars() || ' ';
    into.text += characters;
    for (let unit = 0; unit < characters.length; unit++) into.cells.push({ x: x + 1, y });
  }
}

/** @param row any row of it, counted from 0 */
function logicalLine(terminal: Terminal, row: number): LogicalLine {
  const { active } = terminal.buffer;
  let first = row;
  while (first > 0 && row - first < ROWS_MOST && active.getLine(first)?.isWrapped) first--;
  const line = { text: '', cells: [] as { x: number; y: number }[] };
  for (let at = first; at < first + ROWS_MOST; at++) {
    const each = active.getLine(at);
    if (!each || (at > first && !each.isWrapped)) break;
    append(each, at + 1, terminal.cols, line);
  }
  return line;
}

export interface LinkSource {
  readonly expression: () => RegExp | undefined;
  readonly files: () => ReadonlySet<string>;
  readonly go: (position: ErrorPosition) => void;
}

/** Makes positions clickable. */
export function linkPositions(terminal: Terminal, { expression, files, go }: LinkSource): void {
  terminal.registerLinkProvider({
    provideLinks(row, done) {
      const pattern = expression();
      if (!pattern) return done(undefined);
      const { text, cells } = logicalLine(terminal, row - 1);
      const links = errorPositions(text, pattern, files()).map((position): ILink => {
        const start = cells[position.start]!;
        const end = cells[position.end - 1]!;
        return { range: { start, end }, text: text.slice(position.start, position.end), activate: () => go(position) };
      });
      done(links.length > 0 ? links : undefined);
    },
  });
}

/**
 * The positions of the latest traceback on the screen, each line once: for whoever uses no mouse.
 * @param from row from which on the latest run wrote
 */
export function latestPositions(terminal: Terminal, { expression, files }: LinkSource, from: number): ErrorPosition[] {
  const pattern = expression();
  if (!pattern) return [];
  const { active } = terminal.buffer;
  const found = new Map<string, ErrorPosition>();
  const first = Math.max(0, from, active.length - LATEST_ROWS);
  for (let row = active.length - 1; row >= first && found.size < LATEST_MOST; row--) {
    if (active.getLine(row)?.isWrapped) continue;
    for (const position of errorPositions(logicalLine(terminal, row).text, pattern, files())) {
      const key = `${position.file}:${position.line}`;
      if (!found.has(key)) found.set(key, position);
    }
  }
  return [...found.values()].slice(0, LATEST_MOST);
}
