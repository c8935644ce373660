import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { fileNamesOf } from './file-names.ts';

test('a renamed file is known by its new name', () => {
  const doc = new Y.Doc();
  doc.getMap('files').set('one', 'a.py');
  const before = fileNamesOf(doc, new Set());
  expect([...before]).toEqual(['a.py']);
  doc.getMap('files').set('one', 'b.py');
  expect([...fileNamesOf(doc, before)]).toEqual(['b.py']);
});

test('the names stay the same set while none changes, whatever else is in the map', () => {
  const doc = new Y.Doc();
  doc.getMap('files').set('one', 'a.py');
  doc.getMap('files').set('two', 'a.py');
  doc.getMap('files').set('three', 7);
  const before = fileNamesOf(doc, new Set());
  expect(fileNamesOf(doc, before)).toBe(before);
  doc.getMap('files').set('two', 'b.py');
  expect([...fileNamesOf(doc, before)].sort()).toEqual(['a.py', 'b.py']);
});
