/** What the pages show of a language: its manifest's visible part and how ready it is. */
import { z } from 'zod';
import type { LanguageId } from '../room/ids.ts';

/** Characters of a language's name in a document. */
const LANGUAGE_CHARACTERS = 1_000;

/** Whatever a document may name. The brand is put on by a cast, not by a transform: it vanishes where this is described. */
export const languageIdSchema = z.string().min(1).max(LANGUAGE_CHARACTERS) as unknown as z.ZodType<
  LanguageId,
  LanguageId
>;

const imageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('missing') }),
  z.object({ kind: z.literal('building'), step: z.string(), done: z.number(), seconds: z.number() }),
  z.object({ kind: z.literal('ready'), version: z.string() }),
  z.object({ kind: z.literal('failed'), reason: z.string() }),
]);

/** A {@link CatalogueEntry} as it comes over a wire; what is not named here is dropped. */
export const catalogueEntrySchema = z.object({
  id: languageIdSchema,
  name: z.string(),
  fileName: z.string(),
  editorMode: z.string(),
  indent: z.number(),
  sample: z.string(),
  errorPosition: z.string().optional(),
  image: imageSchema,
  warm: z.number(),
});

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
