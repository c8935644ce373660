/** What a person is handed when another document takes the place of theirs (rule D4). */
import { readDocument } from '@codeconnected/core/room/document.ts';
import { drawAccessId } from '@codeconnected/core/room/ids.ts';
import * as Y from 'yjs';
import type { EditName, Kept, KeptEdit, LostDocument, LostText } from './api.ts';

/** Documents that were replaced, each put together from what is found of it. */
export class Losses {
  readonly #documents = new Map<string, Y.Doc>();
  readonly #ids = new Set<string>();

  /** @returns whether it is new here */
  add({ id, epoch, document }: LostDocument): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    const doc = this.#documents.get(epoch) ?? new Y.Doc();
    this.#documents.set(epoch, doc);
    try {
      Y.applyUpdate(doc, document);
    } catch (error) {
      console.error('A lost document could not be read:', error);
    }
    return true;
  }

  /** Undefined where nothing was written. */
  get text(): LostText | undefined {
    const files = [...this.#documents.values()].flatMap((doc) => readDocument(doc).files);
    const written = files.filter(({ text }) => text.trim() !== '').map(({ name, text }) => ({ name, text }));
    return written.length > 0 ? { files: written } : undefined;
  }

  /** Forgets them. @returns what they were called */
  clear(): readonly string[] {
    const ids = [...this.#ids];
    this.#ids.clear();
    for (const doc of this.#documents.values()) doc.destroy();
    this.#documents.clear();
    return ids;
  }
}

/**
 * Edits of other documents than the room's that no open page is left to show.
 * @param epoch of the room's document
 * @returns one document for each epoch, and the edits that it holds
 */
export function straysIn(
  { epoch: keptEpoch, document, edits }: Kept,
  epoch: string | undefined,
): readonly { readonly document: LostDocument; readonly edits: readonly EditName[] }[] {
  const strays = new Map<string, KeptEdit[]>();
  for (const edit of edits) {
    if (edit.living || edit.epoch === undefined || edit.epoch === epoch) continue;
    const others = strays.get(edit.epoch);
    if (others) others.push(edit);
    else strays.set(edit.epoch, [edit]);
  }
  return [...strays].map(([of, edits]) => {
    // What they build on is kept still, or was set aside before.
    const base = keptEpoch === of && document ? [document] : [];
    const merged = Y.mergeUpdates([...base, ...edits.map(({ update }) => update)]);
    return { document: { id: drawAccessId(), epoch: of, document: merged }, edits };
  });
}
