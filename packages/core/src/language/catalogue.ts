/** What the pages show of a language: its manifest's visible part and how ready it is. */
import type { LanguageId } from '../room/ids.ts';

/** How far a language's image is. */
export type ImageState =
  | { readonly kind: 'missing' }
  /** `done` of 0 to 1, as far as it is known; `step` says what is being done. */
  | { readonly kind: 'building'; readonly step: string; readonly done: number; readonly seconds: number }
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** A language as a page needs it. */
export interface CatalogueEntry {
  readonly id: LanguageId;
  readonly name: string;
  readonly fileName: string;
  readonly editorMode: string;
  readonly indent: number;
  readonly sample: string;
  readonly errorPosition?: string;
  readonly image: ImageState;
  /** Sandboxes that are started, ready and unclaimed. */
  readonly warm: number;
}
