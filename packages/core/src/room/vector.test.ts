import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { fromBase64, toBase64 } from './base64.ts';
import { syncFrame } from './sync.ts';
import { covers, deletes, deletionsIn, deletionsOf, readDeletions, readVector, vectorOf } from './vector.ts';

function pair(): [Y.Doc, Y.Doc] {
  const one = new Y.Doc();
  one.getText('f').insert(0, 'hello world');
  const two = new Y.Doc();
  Y.applyUpdate(two, Y.encodeStateAsUpdate(one));
  return [one, two];
}

describe('telling what another copy lacks', () => {
  it('sees more, less and equal', () => {
    const [one, two] = pair();
    expect(covers(vectorOf(one), vectorOf(two))).toBe(true);
    two.getText('f').insert(0, 'x');
    expect(covers(vectorOf(one), vectorOf(two))).toBe(false);
    expect(covers(vectorOf(two), vectorOf(one))).toBe(true);
  });

  it('tells whether what somebody deleted is deleted here too, and carries nothing else', () => {
    const [one, two] = pair();
    const updates: Uint8Array[] = [];
    one.on('update', (update: Uint8Array) => updates.push(update));
    one.getText('f').insert(5, ' big');
    expect(deletionsIn(updates, one)).toBeUndefined();
    one.getText('f').delete(2, 4);
    const deletions = deletionsIn(updates, one)!;
    expect(Y.decodeUpdate(deletions).structs).toEqual([]);
    const read = readDeletions(deletions)!;
    expect(deletes(one, read)).toBe(true);
    expect(deletes(two, read)).toBe(false);
    // Some of it is not enough.
    two.getText('f').delete(2, 2);
    expect(deletes(two, read)).toBe(false);
    for (const update of updates) Y.applyUpdate(two, update);
    expect(deletes(two, read)).toBe(true);
    expect(deletes(new Y.Doc(), read)).toBe(false);
    expect(readDeletions(updates[0]!)).toBeUndefined();
    expect(readDeletions(new Uint8Array([9, 9, 9]))).toBeUndefined();
  });

  it('names equal deletions equally, in whatever order they came, and others differently', () => {
    const [one, two] = pair();
    expect(deletionsOf(one)).toBe(deletionsOf(two));
    one.getText('f').delete(0, 1);
    one.getText('f').delete(4, 1);
    expect(deletionsOf(one)).not.toBe(deletionsOf(two));
    two.getText('f').delete(5, 1);
    two.getText('f').delete(0, 1);
    expect(deletionsOf(one)).toBe(deletionsOf(two));
  });

  it('sends nothing where both hold the same, and deletions that a vector does not show', () => {
    const [one, two] = pair();
    expect(syncFrame(one, vectorOf(two), deletionsOf(two)).u).toBe('');
    one.getText('f').delete(0, 6);
    const { u } = syncFrame(one, vectorOf(two), deletionsOf(two));
    Y.applyUpdate(two, fromBase64(u));
    expect(two.getText('f').toString()).toBe('world');
    expect(syncFrame(one, vectorOf(two), deletionsOf(two)).u).toBe('');
  });

  it('sends what waits for an edit on its way, which no vector counts', () => {
    const doc = new Y.Doc();
    const updates: Uint8Array[] = [];
    doc.on('update', (update: Uint8Array) => updates.push(update));
    for (const letter of 'abc') doc.getText('f').insert(0, letter);
    const server = new Y.Doc();
    Y.applyUpdate(server, updates[2]!);
    const page = new Y.Doc();
    Y.applyUpdate(page, fromBase64(syncFrame(server, vectorOf(page), deletionsOf(page)).u));
    for (const late of [updates[0]!, updates[1]!]) Y.applyUpdate(page, late);
    expect(page.getText('f').toString()).toBe('cba');
  });

  it('reads no vector out of nonsense', () => {
    for (const bytes of [[], [5], [255, 255, 255, 255, 127]])
      expect(readVector(Uint8Array.from(bytes))).toBeUndefined();
    expect(readVector(Y.encodeStateVector(new Y.Doc()))).toEqual(new Map());
  });

  it('base64 comes back as it was', () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => (at * 7) & 255);
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    expect(fromBase64(toBase64(bytes.subarray(5, 6)))).toEqual(bytes.subarray(5, 6));
  });
});
