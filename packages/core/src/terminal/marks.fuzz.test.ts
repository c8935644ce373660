import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SandboxEvent } from '../sandbox/sandbox.ts';
import { createMarkParser, MARK_BYTES } from './marks.ts';

const NONCE = 'abc123';
const encode = (text: string) => new TextEncoder().encode(text);

/** Neighbouring outputs joined, so that only order and content count. */
function normal(events: readonly SandboxEvent[]): unknown[] {
  const result: unknown[] = [];
  for (const event of events) {
    const last = result.at(-1);
    if (event.kind !== 'output') result.push(event);
    else if (typeof last === 'string') result[result.length - 1] = last + Buffer.from(event.bytes).toString('latin1');
    else result.push(Buffer.from(event.bytes).toString('latin1'));
  }
  return result;
}

function parse(chunks: readonly Uint8Array[]): unknown[] {
  const parser = createMarkParser(NONCE);
  return normal([...chunks.flatMap((chunk) => parser.push(chunk.slice())), ...parser.flush()]);
}

const piece = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom(
    '\x1b',
    '\x1b]',
    '\x1b]133;',
    '\x07',
    '\x1b\\',
    `\x1b]133;B;aid=${NONCE}\x07`,
    `\x1b]133;C;what=run;aid=${NONCE}\x1b\\`,
    `\x1b]133;D;3;what=line;aid=${NONCE}\x07`,
    '\x1b]133;B;aid=other\x07',
    '\x1b]133;B\x07',
    `\x1b]133;B;aid=${NONCE}`,
    'x'.repeat(MARK_BYTES),
    'é😀',
    '\x1b[31m',
    '\x1b]0;title\x07',
  ),
);

test('marks come out the same however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      fc.array(fc.nat({ max: 400 }), { maxLength: 30 }),
      (pieces, cuts) => {
        const bytes = encode(pieces.join(''));
        const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
        const chunks = [0, ...at].map((start, i) => bytes.subarray(start, at[i] ?? bytes.length));
        expect(parse(chunks)).toEqual(parse([bytes]));
      },
    ),
    { numRuns: 2000 },
  );
});

test('every byte that is no mark of this claim stays, in order', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      const own = new RegExp(`\\x1b\\]133;[\\x20-\\x7e]*aid=${NONCE}[\\x20-\\x7e]*(?:\\x07|\\x1b\\\\)`, 'g');
      fc.pre([...text.matchAll(own)].every((match) => match[0].length <= MARK_BYTES));
      const kept = parse([encode(text)])
        .filter((each) => typeof each === 'string')
        .join('');
      expect(Buffer.from(kept, 'latin1').toString()).toBe(
        Buffer.from(encode(text))
          .toString()
          .replaceAll(/\x1b\]133;[\x20-\x7e]*?(?:\x07|\x1b\\)/g, (mark) =>
            mark
              .slice(6)
              .replace(/(?:\x07|\x1b\\)$/, '')
              .split(';')
              .slice(1)
              .includes(`aid=${NONCE}`) && /^.{6}[BCD];/s.test(mark)
              ? ''
              : mark,
          ),
      );
    }),
    { numRuns: 1000 },
  );
});
