/**
 * OSC 133 marks in a sandbox's output: taken out where they carry this claim's nonce, left alone otherwise.
 *
 * A mark is `ESC ] 133 ; <body> BEL` (or `ESC \` for BEL), with `aid=<nonce>` among the body's fields:
 * `B` the prompt stands there and waits, `C;what=run|line` something starts, `D;<code>;what=run|line` it ends. The program shares
 * the terminal and could forge them: they drive the display only.
 */
import type { SandboxEvent } from '../sandbox/sandbox.ts';

/** Longest mark in bytes; a longer sequence is ordinary output, so that an unfinished one holds back no more. */
export const MARK_BYTES = 160;

const START = new TextEncoder().encode('\x1b]133;');
const ESC = 0x1b;
const BEL = 0x07;
const BACKSLASH = 0x5c;
/** An exit code as marks carry it; anything else counts as 1. */
const CODE = /^-?\d{1,10}$/;

/** Takes chunks as they come; gives output and marks in order, the same however the bytes were cut. */
export interface MarkParser {
  push(chunk: Uint8Array): SandboxEvent[];
  /** What was held back as the beginning of a mark; for the end of the stream. */
  flush(): SandboxEvent[];
}

/** Length of the mark at the front: its end if complete, `more` if it may still become one, `none` if not one. */
function measure(bytes: Uint8Array, from: number): number | 'more' | 'none' {
  for (let i = 0; ; i++) {
    if (i >= MARK_BYTES) return 'none';
    if (from + i >= bytes.length) return 'more';
    const byte = bytes[from + i]!;
    if (i < START.length) {
      if (byte !== START[i]) return 'none';
    } else if (byte === BEL) return i + 1;
    else if (byte === ESC) {
      if (i + 1 >= MARK_BYTES) return 'none';
      if (from + i + 1 >= bytes.length) return 'more';
      return bytes[from + i + 1] === BACKSLASH ? i + 2 : 'none';
    } else if (byte < 0x20 || byte > 0x7e) return 'none';
  }
}

function meaning(mark: Uint8Array, nonce: string): SandboxEvent | undefined {
  const body = new TextDecoder().decode(mark.subarray(START.length)).replace(/(?:\x07|\x1b\\)$/, '');
  const [kind, ...fields] = body.split(';');
  if (!fields.includes(`aid=${nonce}`)) return undefined;
  const what = fields.includes('what=run') ? 'run' : 'line';
  if (kind === 'B') return { kind: 'prompt' };
  if (kind === 'C') return { kind: 'started', what };
  if (kind === 'D') return { kind: 'finished', what, code: CODE.test(fields[0] ?? '') ? Number(fields[0]) : 1 };
  return undefined;
}

/** Makes a parser for one claim. */
export function createMarkParser(nonce: string): MarkParser {
  let held: Uint8Array = new Uint8Array(0);

  function take(bytes: Uint8Array): SandboxEvent[] {
    const events: SandboxEvent[] = [];
    let plain = 0;
    let at = bytes.indexOf(ESC);
    held = new Uint8Array(0);
    const output = (end: number) => {
      if (end > plain) events.push({ kind: 'output', bytes: bytes.subarray(plain, end) });
    };
    while (at >= 0) {
      const length = measure(bytes, at);
      if (length === 'more') {
        output(at);
        held = bytes.slice(at);
        return events;
      }
      const event = length === 'none' ? undefined : meaning(bytes.subarray(at, at + length), nonce);
      if (event && length !== 'none') {
        output(at);
        events.push(event);
        plain = at + length;
        at = bytes.indexOf(ESC, plain);
      } else at = bytes.indexOf(ESC, at + 1);
    }
    output(bytes.length);
    return events;
  }

  return {
    push(chunk) {
      if (held.length === 0) return take(chunk);
      const joined = new Uint8Array(held.length + chunk.length);
      joined.set(held);
      joined.set(chunk, held.length);
      return take(joined);
    },
    flush() {
      const rest = held;
      held = new Uint8Array(0);
      return rest.length > 0 ? [{ kind: 'output', bytes: rest }] : [];
    },
  };
}
