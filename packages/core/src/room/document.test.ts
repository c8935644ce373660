import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import {
  entryOf,
  firstFileOf,
  languageOf,
  readDocument,
  type Seed,
  seedFileId,
  seedUpdate,
  switchLanguage,
  titleOf,
} from './document.ts';
import type { LanguageId } from './ids.ts';

const PYTHON: Seed = { id: 'python' as LanguageId, fileName: 'main.py', sample: 'print("hello")\n' };
const SCRIPT: Seed = { id: 'javascript' as LanguageId, fileName: 'main.js', sample: 'console.log("hello");\n' };

describe('a document', () => {
  it('D4 gets the same bytes from a sample each time, so that seeding twice changes nothing', () => {
    expect(seedUpdate(PYTHON)).toEqual(seedUpdate(PYTHON));
    const doc = new Y.Doc();
    Y.applyUpdate(doc, seedUpdate(PYTHON));
    const before = Y.encodeStateAsUpdate(doc);
    Y.applyUpdate(doc, seedUpdate(PYTHON));
    expect(Y.encodeStateAsUpdate(doc)).toEqual(before);
  });

  it('D5 keeps each language its own text when it is switched to and fro, by two people at once', () => {
    const [one, two] = [new Y.Doc(), new Y.Doc()];
    switchLanguage(one, PYTHON);
    Y.applyUpdate(two, Y.encodeStateAsUpdate(one));
    one.getText(seedFileId(PYTHON)).insert(0, '# mine\n');
    switchLanguage(one, SCRIPT);
    switchLanguage(two, SCRIPT);
    two.getText(seedFileId(SCRIPT)).insert(0, '// theirs\n');
    Y.applyUpdate(one, Y.encodeStateAsUpdate(two));
    Y.applyUpdate(two, Y.encodeStateAsUpdate(one));
    switchLanguage(two, PYTHON);
    Y.applyUpdate(one, Y.encodeStateAsUpdate(two));
    const read = readDocument(one);
    expect(read).toEqual(readDocument(two));
    expect(read.language).toBe('python');
    expect(read.files.map(({ text }) => text).sort()).toEqual([
      '# mine\nprint("hello")\n',
      '// theirs\nconsole.log("hello");\n',
    ]);
  });

  it('is read whatever types a client wrote into its maps', () => {
    const doc = new Y.Doc();
    switchLanguage(doc, PYTHON);
    doc.getMap('files').set('meta', 'a file called like a map');
    doc.getMap('files').set('other', 7);
    doc.getMap('meta').set('title', 5);
    doc.getMap('meta').set('language', null);
    doc.getMap('meta').set('entry:python', 'files');
    expect(titleOf(doc)).toBe('');
    expect(languageOf(doc)).toBeUndefined();
    expect(entryOf(doc, PYTHON.id)).toBeUndefined();
    expect(readDocument(doc).files.map(({ id }) => id)).toEqual([seedFileId(PYTHON)]);
    const bare = new Y.Doc();
    bare.getMap('files').set('meta', 'a file called like a map');
    expect(firstFileOf(bare)).toBeUndefined();
    bare.getMap('files').set('other', 'a.txt');
    expect(firstFileOf(bare)).toBe('other');
  });
});
