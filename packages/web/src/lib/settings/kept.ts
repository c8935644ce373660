/** What a person chose for themselves, as it is kept as text. */

export type Theme = 'system' | 'light' | 'dark';
export type Keys = 'default' | 'vim';

/** All choices. */
export interface Kept {
  theme: Theme;
  keys: Keys;
  /** Columns of a tab; 0: as the language is usually written. */
  tabWidth: number;
  /** Pixels of the code's letters. */
  fontSize: number;
  /** The editor's share of the room's width, percent. */
  split: number;
  name: string;
}

/** Where it is kept. */
export const KEY = 'codeconnected.settings';
/** Pixels of the code's letters. */
export const FONT_SIZE = { least: 11, most: 28, normal: 14 } as const;
/** Percent of the width that each pane keeps at least. */
export const SPLIT = { least: 20, most: 80, normal: 58 } as const;
/** Tab widths to choose from; 0 follows the language. */
export const TAB_WIDTHS = [0, 2, 4, 8] as const;

/** Before anything was chosen. */
export const NORMAL: Kept = {
  theme: 'system',
  keys: 'default',
  tabWidth: 0,
  fontSize: FONT_SIZE.normal,
  split: SPLIT.normal,
  name: '',
};

const clamp = (value: unknown, { least, most, normal }: { least: number; most: number; normal: number }): number =>
  typeof value === 'number' && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : normal;

/** Reads what was kept; whatever is unreadable is as if it had never been set. */
export function readSettings(text: string | null): Kept {
  let kept: Partial<Record<keyof Kept, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) kept = parsed;
  } catch {
    // As if nothing had been kept.
  }
  const { theme, keys, tabWidth, fontSize, split, name } = kept;
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    keys: keys === 'vim' ? 'vim' : 'default',
    tabWidth: TAB_WIDTHS.find((width) => width === tabWidth) ?? NORMAL.tabWidth,
    fontSize: clamp(fontSize, FONT_SIZE),
    split: clamp(split, SPLIT),
    name: typeof name === 'string' ? name : '',
  };
}
