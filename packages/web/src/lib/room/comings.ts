/** Who came and who left, in words for whoever hears the page. */

/** Names that are read; of more, only how many. */
const NAMED_MOST = 3;

function list(names: readonly string[]): string {
  if (names.length > NAMED_MOST) return `${names.length} people`;
  if (names.length < 2) return names[0] ?? '';
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** What changed between two looks; empty where nobody came or left. @param before names by person */
export function comingsWords(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string {
  const only = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>) =>
    [...one].flatMap(([person, name]) => (other.has(person) ? [] : [name]));
  const came = only(now, before);
  const left = only(before, now);
  return [came.length > 0 ? `${list(came)} came in.` : '', left.length > 0 ? `${list(left)} left.` : '']
    .filter(Boolean)
    .join(' ');
}
