/** People's colours, by the index that the server gives each; `palette.css` holds the values. */

/** How many colours there are. */
export const COLORS = 12;

/** A colour as a CSS value. */
export function colorOf(index: number): string {
  return `var(--person-${Math.abs(Math.trunc(index)) % COLORS})`;
}

/** What somebody without a name is called. */
export const NAMELESS = 'Guest';

/** One letter, where badges overlap: of what tells guests apart. */
export function initial(name: string): string {
  return initials(
    name
      .trim()
      .replace(new RegExp(`^${NAMELESS}\\s+`), '')
      .split(/\s+/)[0]!,
  );
}

/** One or two letters for a round badge; whole graphemes, since a name may start with an emoji. */
export function initials(name: string): string {
  const words = (name.trim() || NAMELESS).split(/\s+/);
  const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const first = (word: string | undefined) => (word ? ([...graphemes.segment(word)][0]?.segment ?? '') : '');
  const letters = words.length > 1 ? first(words[0]) + first(words.at(-1)) : first(words[0]);
  return letters.toLocaleUpperCase();
}
