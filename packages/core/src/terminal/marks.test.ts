import { expect, test } from 'vitest';
import { createMarkParser, MARK_BYTES } from './marks.ts';

const encode = (text: string) => new TextEncoder().encode(text);

test('a mark of this claim becomes an event and leaves the output', () => {
  const parser = createMarkParser('n1');
  expect(parser.push(encode('a\x1b]133;D;3;what=run;aid=n1\x07b'))).toEqual([
    { kind: 'output', bytes: encode('a') },
    { kind: 'finished', what: 'run', code: 3 },
    { kind: 'output', bytes: encode('b') },
  ]);
});

test('a mark without the nonce is ordinary output', () => {
  const parser = createMarkParser('n1');
  const forged = encode('\x1b]133;D;0;what=run;aid=n2\x07\x1b]133;B\x07');
  expect(parser.push(forged)).toEqual([{ kind: 'output', bytes: forged }]);
});

test('an unfinished mark is held back no longer than a mark can be', () => {
  const parser = createMarkParser('n1');
  expect(parser.push(encode('\x1b]133;B'))).toEqual([]);
  const out = parser.push(encode('x'.repeat(MARK_BYTES)));
  expect(out).toHaveLength(1);
  expect(parser.flush()).toEqual([]);
});

test('what is held back at the end of the stream is given out', () => {
  const parser = createMarkParser('n1');
  parser.push(encode('\x1b]13'));
  expect(parser.flush()).toEqual([{ kind: 'output', bytes: encode('\x1b]13') }]);
});
