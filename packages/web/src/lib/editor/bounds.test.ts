import { EditorState } from '@codemirror/state';
import { describe, expect, it } from 'vitest';
import { cleanText, droppedText, inputBounds, PASTE_BYTES } from './bounds.ts';

describe('what is pasted', () => {
  it.each([
    ['a\r\nb\rc\n', 'a\nb\nc\n'],
    ['nul \u0000 stays', 'nul \u0000 stays'],
    ['👩‍👩‍👧 שלום', '👩‍👩‍👧 שלום'],
    ['half \uD83D end', 'half \uFFFD end'],
    ['other half \uDE00', 'other half \uFFFD'],
    ['whole 😀', 'whole 😀'],
  ])('%j becomes %j', (given, text) => {
    expect(cleanText(given)).toBe(text);
  });
});

describe('what is inserted at once', () => {
  const insert = (text: string) => {
    const refused: string[] = [];
    const state = EditorState.create({ doc: 'kept', extensions: inputBounds((why) => refused.push(why)) });
    return { refused, text: state.update({ changes: { from: 0, insert: text } }).state.doc.toString() };
  };

  it('is taken up to the bound', () => {
    const { refused, text } = insert('x'.repeat(PASTE_BYTES));
    expect(refused).toEqual([]);
    expect(text).toHaveLength(PASTE_BYTES + 4);
  });

  it('is refused over it with the reason, and the text stays', () => {
    expect(insert('x'.repeat(PASTE_BYTES + 1))).toEqual({ refused: ['too-large'], text: 'kept' });
  });

  it('is counted in bytes, not in characters', () => {
    expect(insert('€'.repeat(PASTE_BYTES / 2)).refused).toEqual(['too-large']);
  });

  it('is counted over all cursors together', () => {
    const refused: string[] = [];
    const doc = 'x\n'.repeat(100);
    const state = EditorState.create({ doc, extensions: inputBounds((why) => refused.push(why)) });
    const at = (length: number) =>
      Array.from({ length: 100 }, (_, line) => ({ from: 2 * line, insert: 'y'.repeat(length) }));
    expect(state.update({ changes: at(9_000) }).state.doc.length).toBe(doc.length + 900_000);
    expect(refused).toEqual([]);
    expect(state.update({ changes: at(11_000) }).state.doc.toString()).toBe(doc);
    expect(refused).toEqual(['too-large']);
  });

  it('keeps a carriage return that somebody else wrote as one character', () => {
    const state = EditorState.create({ doc: 'a\rb', extensions: inputBounds(() => undefined) });
    expect(state.doc.length).toBe(3);
    expect(state.doc.lines).toBe(1);
  });
});

describe('files that are dropped', () => {
  const file = (...bytes: number[]) => new Blob([Uint8Array.from(bytes)]);

  it('come in as their text, one after the other', async () => {
    expect(await droppedText([new Blob(['a = 1\r\n']), new Blob(['\uFEFFü 😀'])])).toEqual({ text: 'a = 1\n\nü 😀' });
    expect(await droppedText([new Blob([])])).toEqual({ text: '' });
  });

  it.each([
    ['a picture', file(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d)],
    ['control characters that are valid UTF-8', file(0x41, 0, 0, 0x42)],
    ['text of another encoding', file(0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72)],
    ['a folder', { size: 4096, arrayBuffer: () => Promise.reject(new DOMException('', 'NotFoundError')) } as Blob],
  ])('are refused with the reason where they are no text: %s', async (_, given) => {
    expect(await droppedText([new Blob(['fine']), given])).toEqual({ refused: 'not-text' });
  });

  it('are refused with the reason where they are too large together, and not read', async () => {
    const half = { size: PASTE_BYTES / 2 + 1 } as Blob;
    expect(await droppedText([half, half])).toEqual({ refused: 'too-large' });
  });
});
