import { SCREEN_BYTES, SCROLLBACK_LINES } from '@codeconnected/core/terminal/limits.ts';
import { expect, test } from 'vitest';
import { picture } from './cells.ts';
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

const bytesOf = (screen: Screen) => Buffer.byteLength(JSON.stringify(screen.serialize()));

test('S2 a screen whose cells take more than a frame leaves out the oldest lines, and keeps what is seen', async () => {
  const size = { columns: 300, rows: 120, answer: () => undefined };
  const screen = new Screen(size);
  for (let line = 0; line < SCROLLBACK_LINES + 200; line++) {
    let text = '';
    for (let i = 0; i < 300; i++) text += `\x1b[38;2;${line % 256};${i % 256};1;48;2;1;${i % 256};3mx`;
    await screen.write(`${text}\r\n`);
  }
  expect(bytesOf(screen)).toBeLessThanOrEqual(SCREEN_BYTES);
  const joiner = new Screen(size);
  await joiner.write(screen.serialize());
  const buffer = joiner.terminal.buffer.normal;
  expect(buffer.length).toBeGreaterThanOrEqual(120);
  expect(buffer.length).toBeLessThan(SCROLLBACK_LINES);
  const [own, seen] = [picture(screen), picture(joiner)] as { lines: string[] }[];
  expect(seen!.lines.slice(-120)).toEqual(own!.lines.slice(-120));
  screen.dispose();
  joiner.dispose();
});

test('S2 a screen that would not fit by itself comes without attributes and piled up accents, but with its text', async () => {
  const size = { columns: 300, rows: 120, answer: () => undefined };
  const screen = new Screen(size);
  const every = '\x1b[0;1;2;3;4:3;5;7;8;9;53;38;2;255;254;253;48;2;255;254;253;58:2::255:254:253m';
  for (const alternate of ['', '\x1b[?1049h\x1b[H']) {
    await screen.write(alternate);
    for (let row = 0; row < 120; row++) {
      let text = '';
      for (let i = 0; i < 300; i++) text += `${i % 2 ? every : '\x1b[m'}a${'\u0301'.repeat(50)}`;
      await screen.write(`\x1b[${row + 1};1H${text}`);
    }
    expect(bytesOf(screen)).toBeLessThanOrEqual(SCREEN_BYTES);
    const joiner = new Screen(size);
    await joiner.write(screen.serialize());
    expect(joiner.terminal.buffer.active.getLine(0)?.translateToString()).toBe('a\u0301\u0301\u0301'.repeat(300));
    expect(joiner.alternate).toBe(alternate !== '');
    joiner.dispose();
  }
  screen.dispose();
});
