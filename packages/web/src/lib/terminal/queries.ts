/**
 * Swallows what a program asks the terminal: the runner's own terminal answers, and every viewer's answer would be
 * typed into the program once more. Also what would reach beyond the terminal, such as the clipboard.
 */
import type { Terminal } from '@xterm/xterm';

/** Colours and the clipboard: a question mark asks, OSC 52 writes. */
const COLOR_QUERIES = [4, 5, 10, 11, 12, 13, 14, 17, 19] as const;
const CLIPBOARD = 52;

const CONTROL_QUERIES = [
  // Status and cursor position.
  { final: 'n' },
  { prefix: '?', final: 'n' },
  // Device attributes, and the version by name.
  { final: 'c' },
  { prefix: '>', final: 'c' },
  { prefix: '=', final: 'c' },
  { prefix: '>', final: 'q' },
  // Which modes are set, and which keyboard protocol.
  { intermediates: '$', final: 'p' },
  { prefix: '?', intermediates: '$', final: 'p' },
  { prefix: '?', final: 'u' },
  // The window: asking for it and moving it.
  { final: 't' },
] as const;

const STRING_QUERIES = [
  { intermediates: '$', final: 'q' },
  { intermediates: '+', final: 'q' },
] as const;

/** What a terminal says by itself when it gains or loses the focus; N viewers would say it N times. */
const FOCUS_REPORT = /^\x1b\[[IO]$/;

export function swallowQueries(terminal: Terminal): void {
  const { parser } = terminal;
  for (const id of CONTROL_QUERIES) parser.registerCsiHandler(id, () => true);
  for (const id of STRING_QUERIES) parser.registerDcsHandler(id, () => true);
  for (const code of COLOR_QUERIES) parser.registerOscHandler(code, (data) => data.includes('?'));
  parser.registerOscHandler(CLIPBOARD, () => true);
}

/** Whether what xterm wants to send was typed by the person. */
export function isTyped(data: string): boolean {
  return !FOCUS_REPORT.test(data);
}
