/** What a person chose for themselves in this browser: remembered here alone. */

export type Theme = 'system' | 'light' | 'dark';
export type Keys = 'default' | 'vim';

interface Kept {
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

const KEY = 'codeconnected.settings';
/** Pixels of the code's letters. */
export const FONT_SIZE = { least: 11, most: 28, normal: 14 } as const;
/** Percent of the width that each pane keeps at least. */
export const SPLIT = { least: 20, most: 80, normal: 58 } as const;
/** Tab widths to choose from; 0 follows the language. */
export const TAB_WIDTHS = [0, 2, 4, 8] as const;

const NORMAL: Kept = {
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

/** The settings as the page follows them. */
class Settings {
  #kept = $state<Kept>({ ...NORMAL });

  /** Takes over what the browser kept; called once, in the browser. */
  load(): void {
    try {
      this.#kept = readSettings(localStorage.getItem(KEY));
    } catch {
      // Storage is forbidden: the settings last as long as the page.
    }
    // Another tab may change them.
    addEventListener('storage', ({ key, newValue }) => {
      if (key === KEY) this.#kept = readSettings(newValue);
    });
  }

  get theme(): Theme {
    return this.#kept.theme;
  }
  get keys(): Keys {
    return this.#kept.keys;
  }
  get tabWidth(): number {
    return this.#kept.tabWidth;
  }
  get fontSize(): number {
    return this.#kept.fontSize;
  }
  get split(): number {
    return this.#kept.split;
  }
  get name(): string {
    return this.#kept.name;
  }

  set(change: Partial<Kept>): void {
    Object.assign(this.#kept, change);
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#kept));
    } catch {
      // As above.
    }
  }

  /** Puts the choices on the page; run in an effect, so that they follow. */
  apply(): void {
    const root = document.documentElement;
    if (this.theme === 'system') delete root.dataset.theme;
    else root.dataset.theme = this.theme;
    root.style.setProperty('--code-size', `${this.fontSize / 16}rem`);
    root.style.setProperty('--split', `${this.split}%`);
  }
}

export const settings = new Settings();
