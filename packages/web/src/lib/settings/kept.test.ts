import { describe, expect, it } from 'vitest';
import { FONT_SIZE, NORMAL, readSettings, SPLIT } from './kept.ts';

describe('settings', () => {
  it.each([
    null,
    '',
    'no json',
    'null',
    '[]',
    '5',
    '{"theme":"purple","keys":7,"tabWidth":3,"fontSize":"x","name":{}}',
  ])('are the usual ones where %j was kept', (text) => {
    expect(readSettings(text)).toEqual(NORMAL);
  });

  it('are those that were kept', () => {
    const kept = { theme: 'dark', keys: 'vim', tabWidth: 2, fontSize: 18, split: 40, name: 'Mia' } as const;
    expect(readSettings(JSON.stringify(kept))).toEqual(kept);
  });

  it('stay within what can be used', () => {
    const { fontSize, split } = readSettings('{"fontSize":900,"split":-3}');
    expect(fontSize).toBe(FONT_SIZE.most);
    expect(split).toBe(SPLIT.least);
  });
});
