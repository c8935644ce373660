/** What a person chose for themselves in this browser: remembered here alone. */

import { guestName } from '#lib/people/guest-name.ts';
import { KEY, type Kept, type Keys, NORMAL, readSettings, type Theme } from './kept.ts';

/** The settings as the page follows them. */
class Settings {
  #kept = $state<Kept>({ ...NORMAL });
  #loaded = false;

  /** Takes over what the browser kept. In the browser, after the page was brought to life as the server wrote it. */
  load(): void {
    if (this.#loaded) return;
    this.#loaded = true;
    try {
      this.#kept = readSettings(localStorage.getItem(KEY));
    } catch {
      // Storage is forbidden: the settings last as long as the page.
    }
    if (!this.name) this.set({ name: guestName(Math.random()) });
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
