/** What a room's files are called. */
import type * as Y from 'yjs';

/** The names of all files. @param before is given back while it holds the same, so that nothing is drawn anew */
export function fileNamesOf(doc: Y.Doc, before: ReadonlySet<string>): ReadonlySet<string> {
  const names = new Set([...doc.getMap('files').values()].filter((each) => typeof each === 'string'));
  return names.size === before.size && [...names].every((each) => before.has(each)) ? before : names;
}
