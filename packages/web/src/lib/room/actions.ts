/** Everything that can be done in a room, with its keys: the palette lists it, the page listens to it. */

export interface Action {
  readonly id: string;
  readonly label: string;
  /** As CodeMirror writes keys: `Mod` is ⌘ on a Mac and Ctrl elsewhere. Without: the palette alone. */
  readonly keys?: readonly string[];
  /** The editor or the terminal listens for its keys itself. */
  readonly elsewhere?: boolean;
  readonly run: () => void;
}

/** What leaves the terminal; the first is no browser's and no system's own. */
export const LEAVE_TERMINAL = ['Shift-F6', 'Ctrl-Shift-Escape'] as const;
/** What opens the list of all actions, where nothing else takes it. */
export const ALL_ACTIONS = ['Mod-K', 'Mod-Shift-P'] as const;

const mac = typeof navigator !== 'undefined' && /Mac|iP(hone|ad|od)/.test(navigator.platform);

const NAMES: Readonly<Record<string, string>> = mac
  ? { Mod: '⌘', Ctrl: '⌃', Shift: '⇧', Alt: '⌥', Escape: 'esc', Enter: '↩' }
  : { Mod: 'Ctrl', Escape: 'Esc' };

/** A key combination as the person's keyboard calls it. */
export function shortcutText(keys: string): string {
  return keys
    .split('-')
    .map((key) => NAMES[key] ?? key)
    .join(mac ? '' : '+');
}

/** Whether a key press is a combination. */
export function pressed(event: KeyboardEvent, keys: string): boolean {
  const parts = keys.split('-');
  const key = parts.at(-1)!;
  const wants = (name: string) => parts.includes(name);
  const ctrl = wants('Ctrl') || (wants('Mod') && !mac);
  const meta = wants('Mod') && mac;
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    event.ctrlKey === ctrl &&
    event.metaKey === meta &&
    event.shiftKey === wants('Shift') &&
    event.altKey === wants('Alt')
  );
}

/** The actions that a query names, in their order, but first those whose label begins with it. */
export function searchActions(actions: readonly Action[], query: string): readonly Action[] {
  const wanted = query.toLocaleLowerCase().trim();
  const words = wanted.split(/\s+/);
  const found = actions.filter(({ label }) => words.every((word) => label.toLocaleLowerCase().includes(word)));
  const begins = ({ label }: Action) => label.toLocaleLowerCase().startsWith(wanted);
  return [...found.filter(begins), ...found.filter((action) => !begins(action))];
}
