/**
 * The shape of a room's document: one `Y.Doc`, a root text for each file, `files` and `meta`.
 *
 * A file's text is a root type because a `Y.Text` stored as a map value loses text when two people create
 * the same key at once.
 */
import * as Y from 'yjs';
import type { LanguageId } from './ids.ts';

/** Root map: file id → file name. */
const FILES = 'files';
/** Root map: `title`, `language`, and `entry:<language>` → file id. Clients may write any type into it. */
const META = 'meta';

/** Characters of a room's title that are kept. */
export const TITLE_CHARACTERS = 80;

export interface FileText {
  readonly id: string;
  readonly name: string;
  readonly text: string;
}

/** A document as people read it. */
export interface DocumentText {
  readonly title: string;
  readonly language: LanguageId | undefined;
  /** Id of the file that Run starts, in the current language. */
  readonly entry: string | undefined;
  readonly files: readonly FileText[];
}

/** The part of a language that seeds a document. */
export interface Seed {
  readonly id: LanguageId;
  readonly fileName: string;
  readonly sample: string;
}

function metaString(doc: Y.Doc, key: string): string | undefined {
  const value = doc.getMap(META).get(key);
  return typeof value === 'string' ? value : undefined;
}

/** The room's title, or an empty text. */
export function titleOf(doc: Y.Doc): string {
  return (metaString(doc, 'title') ?? '').slice(0, TITLE_CHARACTERS);
}

/** Sets the title for everyone. */
export function setTitle(doc: Y.Doc, title: string, origin?: unknown): void {
  doc.transact(() => doc.getMap(META).set('title', title.trim().slice(0, TITLE_CHARACTERS)), origin);
}

/** The language whose file is in the editor for everyone. */
export function languageOf(doc: Y.Doc): LanguageId | undefined {
  return metaString(doc, 'language') as LanguageId | undefined;
}

/** The file that a language starts with, if the document has one. */
export function entryOf(doc: Y.Doc, language: LanguageId): string | undefined {
  const id = metaString(doc, `entry:${language}`);
  return id === FILES || id === META ? undefined : id;
}

/** Any file of the document that can be shown; a client may write the names of root maps as file ids. */
export function firstFileOf(doc: Y.Doc): string | undefined {
  return [...doc.getMap(FILES).keys()].find((id) => id !== FILES && id !== META);
}

/** A file's text, bound by the editor. */
export function textOf(doc: Y.Doc, fileId: string): Y.Text {
  return doc.getText(fileId);
}

/**
 * 32 bits of a text (FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/): names a seed by what it holds.
 */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** Id of the file that a seed brings; another sample is another file, so that its bytes depend on the id alone. */
export function seedFileId(seed: Seed): string {
  return `${seed.id}.${fingerprint(`${seed.fileName}\n${seed.sample}`).toString(36)}`;
}

/**
 * The one fixed update that brings a language's sample: applying it twice, or by two people at once, changes
 * nothing more.
 */
export function seedUpdate(seed: Seed): Uint8Array {
  const fileId = seedFileId(seed);
  const doc = new Y.Doc();
  doc.clientID = fingerprint(fileId);
  doc.transact(() => {
    doc.getMap(FILES).set(fileId, seed.fileName);
    doc.getMap(META).set(`entry:${seed.id}`, fileId);
    doc.getText(fileId).insert(0, seed.sample);
  });
  const update = Y.encodeStateAsUpdate(doc);
  doc.destroy();
  return update;
}

/**
 * Switches the language for everyone: seeds its file where it has none yet, replaces no text (rule D5).
 */
export function switchLanguage(doc: Y.Doc, seed: Seed, origin?: unknown): void {
  if (entryOf(doc, seed.id) === undefined) Y.applyUpdate(doc, seedUpdate(seed), origin);
  if (languageOf(doc) !== seed.id) doc.transact(() => doc.getMap(META).set('language', seed.id), origin);
}

/** Reads a whole document. */
export function readDocument(doc: Y.Doc): DocumentText {
  const language = languageOf(doc);
  const files: FileText[] = [];
  for (const [id, name] of doc.getMap(FILES)) {
    // A client may write anything: a file called like a root map would be read as text and as map.
    if (typeof name !== 'string' || id === FILES || id === META) continue;
    files.push({ id, name, text: doc.getText(id).toString() });
  }
  return { title: titleOf(doc), language, entry: language && entryOf(doc, language), files };
}
