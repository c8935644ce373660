/** For tests: a terminal as plain values, cell by cell, so that two can be compared. */
import type { IBuffer } from '@xterm/headless';
import { attributesOf, coreOf, internalsOf } from './internals.ts';
import type { Screen } from './screen.ts';
import { attributeSequence } from './serialize.ts';

function linesOf(buffer: IBuffer, columns: number): string[] {
  const cell = buffer.getNullCell();
  const lines: string[] = [];
  for (let row = 0; row < buffer.length; row++) {
    const line = buffer.getLine(row)!;
    let text = line.isWrapped ? 'wrapped|' : '|';
    for (let column = 0; column < columns; column++) {
      line.getCell(column, cell);
      // An empty cell and a space look the same.
      const chars = cell.getWidth() === 0 ? '' : cell.getChars() || ' ';
      const attributes = attributeSequence(attributesOf(cell));
      text += attributes === '\x1b[0m' ? chars : `${attributes.slice(1)}${chars}`;
    }
    lines.push(text.trimEnd());
  }
  return lines;
}

/** Everything of a terminal that a person can see, and what decides how it goes on. */
export function picture(screen: Screen): unknown {
  const { terminal } = screen;
  const core = coreOf(terminal);
  const { active, normal } = terminal.buffer;
  const own = internalsOf(terminal, active);
  const place = active === normal ? {} : { under: linesOf(normal, terminal.cols) };
  return {
    size: [terminal.cols, terminal.rows],
    type: active.type,
    lines: linesOf(active, terminal.cols),
    ...place,
    cursor: [own.x, own.y, own.ybase],
    // Beyond the last column counts as in it, where it is restored.
    saved: [
      Math.min(own.savedX, terminal.cols - 1),
      Math.max(own.savedY - own.ybase, 0),
      attributeSequence(own.savedCurAttrData),
    ],
    region: [own.scrollTop, own.scrollBottom],
    tabs: Object.entries(own.tabs)
      .filter(([column, stop]) => stop && Number(column) < terminal.cols)
      .map(([column]) => Number(column)),
    pen: attributeSequence(core._inputHandler._curAttrData),
    hidden: core.coreService.isCursorHidden,
    modes: { ...terminal.modes, synchronizedOutputMode: false },
    mouse: core.coreMouseService.activeEncoding,
    charset: core._charsetService.glevel,
  };
}
