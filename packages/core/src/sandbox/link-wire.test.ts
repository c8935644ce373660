import { expect, test } from 'vitest';
import { HandClock } from '../room/memory/hand-clock.ts';
import { type ControlFrame, controlFrameSchema, LINK_BYTES, type RunnerFrame, runnerFrameSchema } from './link.ts';
import { LinkWire } from './link-wire.ts';

function ends() {
  const clock = new HandClock();
  return {
    control: new LinkWire<RunnerFrame>(runnerFrameSchema, clock),
    runner: new LinkWire<ControlFrame>(controlFrameSchema, clock),
  };
}

/** A request or a post whose frame has so many bytes in all. */
const sized = (frame: (text: string) => object, bytes: number) =>
  frame('x'.repeat(bytes - JSON.stringify(frame('')).length));
const request = (body: string) => ({ t: 'request', id: 1, method: 'POST', url: '/', body });
const post = (text: string) => ({ t: 'post', viewers: ['v'], text });

test.each([
  ['to the runner', request, 'control', 'runner'],
  ['from the runner', post, 'runner', 'control'],
] as const)('W1 the largest frame that is sent is put together again, %s', (_, frame, from, to) => {
  const wires = ends();
  const largest = sized(frame, LINK_BYTES);
  const results = wires[from].pack(largest)!.map((message) => wires[to].unpack(message));
  expect(results.pop()).toEqual({ kind: 'frame', frame: largest });
  expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['waiting']));
  expect(wires[from].pack(sized(frame, LINK_BYTES + 1))).toBeUndefined();
  // What JSON and UTF-8 add counts.
  expect(wires[from].pack(frame('\0'.repeat(LINK_BYTES / 6)))).toBeUndefined();
  expect(wires[from].pack(frame('é'.repeat(LINK_BYTES / 2)))).toBeUndefined();
});

test('W1 a frame that cannot be put together is dropped alone', () => {
  const { control } = ends();
  const part = { t: 'part', id: 'a', i: 0, of: 5000, d: 'x' };
  expect(control.unpack(JSON.stringify(part))).toEqual({ kind: 'dropped', reason: 'frame-too-large' });
  expect(control.unpack(JSON.stringify({ ...part, i: 3, of: 2 })).kind).toBe('dropped');
  const after = post('hello');
  expect(control.unpack(JSON.stringify(after))).toEqual({ kind: 'frame', frame: after });
});

test('what is no frame is refused', () => {
  const { control } = ends();
  for (const text of ['{', '{}', '{"t":"request"}']) expect(control.unpack(text).kind).toBe('refused');
});
