import { expect, test } from 'vitest';
import { coreOf } from './internals.ts';
import { Screen, TURN_CHARACTERS } from './screen.ts';

test('S2 shifting lines counts towards what a turn may parse', async () => {
  const screen = new Screen({ columns: 80, rows: 24, answer: () => undefined });
  const core = coreOf(screen.terminal);
  const pieces: number[] = [];
  const parse = core.writeSync.bind(core);
  core.writeSync = (text: string) => {
    pieces.push(text.length);
    parse(text);
  };
  const flood = '\x1b[24S'.repeat(1000);
  await screen.write(`${flood}end`);
  expect(pieces.reduce((sum, each) => sum + each, 0)).toBe(flood.length + 3);
  // A turn's worth of characters would hold all of it; so many shifts take many turns.
  expect(flood.length).toBeLessThan(TURN_CHARACTERS);
  expect(pieces.length).toBeGreaterThan(30);
  expect(screen.serialize()).toContain('end');
  screen.dispose();
});
