import { EditorState } from '@codemirror/state';
import { describe, expect, it } from 'vitest';
import { cleanText, inputBounds, PASTE_BYTES } from './bounds.ts';

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

  it('keeps a carriage return that somebody else wrote as one character', () => {
    const state = EditorState.create({ doc: 'a\rb', extensions: inputBounds(() => undefined) });
    expect(state.doc.length).toBe(3);
    expect(state.doc.lines).toBe(1);
  });
});
