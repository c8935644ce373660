import type { ClientId } from '@codeconnected/core/room/ids.ts';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { EditQueue, FLIGHT_BYTES, FLIGHT_EDITS, RESEND_MILLISECONDS } from './edits.ts';

const ME = 'AAAAAAAAAAAAAAAAAAAAAA' as ClientId;
const EARLIER = 'BAAAAAAAAAAAAAAAAAAAAA' as ClientId;

/** Updates of one page, one for each text. */
function updates(...texts: string[]): Uint8Array[] {
  const doc = new Y.Doc();
  const all: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => all.push(update));
  for (const text of texts) doc.getText('f').insert(doc.getText('f').length, text);
  return all;
}
function textIn(update: Uint8Array): string {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, update);
  return doc.getText('f').toString();
}

describe('own edits', () => {
  it('are numbered, sent once, and done when acknowledged', () => {
    const queue = new EditQueue(ME);
    queue.add(updates('a')[0]!);
    expect(queue.next(0)).toMatchObject({ edit: { client: ME, sequence: 1 }, merged: [] });
    expect(queue.next(0)).toBeUndefined();
    expect(queue.acknowledge(EARLIER, [1])).toBe(false);
    expect(queue.acknowledge(ME, [1])).toBe(true);
    expect(queue.acknowledge(ME, [1])).toBe(false);
    expect(queue.size).toBe(0);
  });

  it('W2 are sent again under the same number after a while, or on another connection', () => {
    const queue = new EditQueue(ME);
    queue.add(updates('a')[0]!);
    queue.next(0);
    queue.overdue(RESEND_MILLISECONDS - 1);
    expect(queue.next(0)).toBeUndefined();
    queue.overdue(RESEND_MILLISECONDS);
    expect(queue.next(RESEND_MILLISECONDS)?.edit.sequence).toBe(1);
    queue.disconnected();
    queue.add(updates('b')[0]!);
    expect(queue.next(0)?.edit.sequence).toBe(1);
    expect(queue.next(0)?.edit.sequence).toBe(2);
  });

  it('are merged under a new number while they wait, but never once they were sent', () => {
    const queue = new EditQueue(ME);
    const [a, b, c] = updates('a', 'b', 'c');
    queue.add(a!);
    queue.next(0);
    queue.disconnected();
    queue.add(b!);
    queue.add(c!);
    expect(queue.next(0)?.edit).toMatchObject({ sequence: 1, update: a });
    const { edit, merged } = queue.next(0)!;
    expect([edit.sequence, merged]).toEqual([4, [2, 3]]);
    expect(textIn(Y.mergeUpdates([a!, edit.update]))).toBe('abc');
    expect(queue.size).toBe(2);
  });

  it('keep few on the wire, in number and in bytes', () => {
    const queue = new EditQueue(ME);
    let flying = 0;
    for (let at = 0; at < 2 * FLIGHT_EDITS; at++) {
      queue.add(updates('x')[0]!);
      if (queue.next(0)) flying++;
    }
    expect(flying).toBe(FLIGHT_EDITS);
    const heavy = new EditQueue(ME);
    heavy.add(updates('x'.repeat(FLIGHT_BYTES))[0]!);
    expect(heavy.next(0)).toBeDefined();
    heavy.add(updates('x')[0]!);
    expect(heavy.next(0)).toBeUndefined();
    heavy.acknowledge(ME, [1]);
    expect(heavy.next(0)).toBeDefined();
  });

  it('keep the name that an earlier page gave them', () => {
    const queue = new EditQueue(ME);
    queue.adopt({ client: EARLIER, sequence: 9, update: updates('a')[0]! });
    queue.adopt({ client: EARLIER, sequence: 10, update: updates('b')[0]! });
    expect(queue.next(0)).toMatchObject({ edit: { client: EARLIER, sequence: 9 }, merged: [] });
    expect(queue.next(0)).toMatchObject({ edit: { client: EARLIER, sequence: 10 }, merged: [] });
  });

  it('wait behind one that is held, and go with it as one', () => {
    const queue = new EditQueue(ME);
    queue.add(updates('a')[0]!);
    queue.next(0);
    queue.hold(ME, 1);
    expect(queue.retriable).toBe(false);
    queue.add(updates('b')[0]!);
    expect(queue.next(0)).toBeUndefined();
    expect(queue.retriable).toBe(true);
    const { edit, instead } = queue.replaceWaiting(updates('ab')[0]!);
    expect(instead.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect([queue.size, queue.held, queue.next(0)?.edit]).toEqual([1, 0, edit]);
  });

  it('are few after a long time offline', () => {
    const queue = new EditQueue(ME);
    const all = updates(...Array.from({ length: 1_000 }, (_, at) => String(at % 10)));
    for (const update of all) {
      queue.add(update);
      queue.compact();
      expect(queue.size).toBeLessThan(70);
    }
    expect(textIn(queue.next(0)!.edit.update)).toHaveLength(1_000);
  });
});
