/**
 * Port: work on whole documents that may take long, done where it holds up neither pages nor relay, and given up after
 * a bound.
 *
 * Its contract suite is `workbench.contract.ts`.
 */
import type { StoredDocument } from './build-document.ts';
import type { DocumentText } from './document.ts';

/** What came of trying an update. */
export type Trial =
  /** Bytes of the document, encoded, before and after. */
  | { readonly kind: 'fine'; readonly before: number; readonly after: number }
  /** Applying it takes longer than anybody may be held up. */
  | { readonly kind: 'too-costly' };

/** A document made of its snapshot and its log, to become the next snapshot. */
export interface MergedDocument {
  readonly update: Uint8Array;
  readonly text: DocumentText;
  /** Keys of entries that could not be applied. */
  readonly skipped: readonly string[];
}

export interface Workbench {
  /** Applies an update to a copy of a document. */
  try(stored: StoredDocument, update: Uint8Array): Promise<Trial>;
  /** @throws where it takes too long */
  merge(stored: StoredDocument): Promise<MergedDocument>;
}
