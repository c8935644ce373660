import type { ClientId } from '@codeconnected/core/room/ids.ts';
import { EDIT_BYTES } from '@codeconnected/core/room/limits.ts';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { PIECE_BYTES } from './cut-update.ts';
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
    expect(queue.next(0)).toMatchObject({ edit: { client: ME, sequence: 1 }, instead: [] });
    expect(queue.next(0)).toBeUndefined();
    expect(queue.acknowledge(EARLIER, [1], 0)).toEqual([]);
    expect(queue.acknowledge(ME, [1], 0)).toMatchObject([{ sequence: 1 }]);
    expect(queue.acknowledge(ME, [1], 0)).toEqual([]);
    expect(queue.size).toBe(0);
  });

  it('W2 are sent again under the same number after a while, or on another connection', () => {
    const queue = new EditQueue(ME);
    queue.add(updates('a')[0]!);
    queue.next(0);
    queue.overdue(RESEND_MILLISECONDS - 1, false);
    expect(queue.next(0)).toBeUndefined();
    queue.overdue(RESEND_MILLISECONDS, false);
    expect(queue.next(RESEND_MILLISECONDS)?.edit.sequence).toBe(1);
    queue.disconnected();
    queue.add(updates('b')[0]!);
    expect(queue.next(0)?.edit.sequence).toBe(1);
    expect(queue.next(0)?.edit.sequence).toBe(2);
  });

  it('W2 are not sent again while bytes wait for the network, nor soon after what was sent before came through', () => {
    const queue = new EditQueue(ME);
    const due = (now: number) => {
      const sequences: number[] = [];
      for (let going = queue.next(now); going; going = queue.next(now)) sequences.push(going.edit.sequence);
      return sequences;
    };
    for (const update of updates('a', 'b', 'c')) {
      queue.add(update);
      queue.next(0);
    }
    for (let now = 1_000; now <= 60_000; now += 1_000) {
      queue.overdue(now, true);
      expect(due(now)).toEqual([]);
    }
    queue.acknowledge(ME, [2], 64_000);
    queue.overdue(66_000, false);
    // The first was overtaken; the last may be on its way.
    expect(due(66_000)).toEqual([1]);
    queue.overdue(70_000, false);
    expect(due(70_000)).toEqual([3]);
    queue.overdue(74_000, false);
    expect(due(74_000)).toEqual([]);
    queue.overdue(76_000, false);
    expect(due(76_000)).toEqual([1]);
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
    const { edit, instead } = queue.next(0)!;
    expect([edit.sequence, instead.map(({ sequence }) => sequence)]).toEqual([4, [2, 3]]);
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
    heavy.acknowledge(ME, [1], 0);
    expect(heavy.next(0)).toBeDefined();
  });

  it('keep the name that an earlier page gave them', () => {
    const queue = new EditQueue(ME);
    queue.adopt({ client: EARLIER, sequence: 9, update: updates('a')[0]! });
    queue.adopt({ client: EARLIER, sequence: 10, update: updates('b')[0]! });
    expect(queue.next(0)).toMatchObject({ edit: { client: EARLIER, sequence: 9 }, instead: [] });
    expect(queue.next(0)).toMatchObject({ edit: { client: EARLIER, sequence: 10 }, instead: [] });
  });

  it('wait behind one that is held, and go with it as one', () => {
    const queue = new EditQueue(ME);
    queue.add(updates('a')[0]!);
    queue.next(0);
    queue.hold(ME, 1);
    queue.add(updates('b')[0]!);
    expect(queue.next(0)).toBeUndefined();
    expect(queue.holds).toBe(true);
    const { edits, instead } = queue.replaceWaiting(updates('a', 'b'));
    expect(instead.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect([queue.size, queue.holds]).toEqual([2, false]);
    expect([queue.next(0)?.edit, queue.next(0)?.edit]).toEqual(edits);
  });

  it('are not merged beyond what goes well as one', () => {
    const queue = new EditQueue(ME);
    const all = updates(...Array.from({ length: 100 }, () => 'x'.repeat(PIECE_BYTES / 4)));
    for (const update of all) {
      queue.add(update);
      const compacted = queue.compact();
      for (const { update } of compacted?.edits ?? []) expect(update.length).toBeLessThanOrEqual(PIECE_BYTES);
    }
    expect(queue.size).toBeLessThan(100);
    const doc = new Y.Doc();
    for (let going = queue.next(0); going; going = queue.next(0)) {
      queue.acknowledge(ME, [going.edit.sequence], 0);
      Y.applyUpdate(doc, going.edit.update);
      expect(doc.store.pendingStructs).toBeNull();
    }
    expect(doc.getText('f')).toHaveLength(25 * PIECE_BYTES);
  });

  it('that are too large for the server are held when an earlier page left them', () => {
    const queue = new EditQueue(ME);
    queue.adopt({ client: EARLIER, sequence: 1, update: new Uint8Array(EDIT_BYTES + 1) });
    expect([queue.next(0), queue.holds]).toEqual([undefined, true]);
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
