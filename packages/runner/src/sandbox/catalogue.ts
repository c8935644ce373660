/** The languages as the pages and the health show them, those that were refused among them. */
import type { CatalogueEntry, ImageState } from '@codeconnected/core/language/catalogue.ts';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import type { Health } from '@codeconnected/core/session/site.ts';
import { type Language, type LanguageMistake, mistakeText } from '../language/folders.ts';

/** A language, how far its image is, and how many of its sandboxes wait. */
export interface Offered {
  readonly language: Language;
  readonly image: ImageState;
  readonly warm: number;
}

export function catalogueOf(offered: readonly Offered[], mistakes: readonly LanguageMistake[]): CatalogueEntry[] {
  const entries = offered.map(({ language: { id, manifest }, image, warm }) => ({
    id,
    name: manifest.name,
    fileName: manifest.fileName,
    editorMode: manifest.editorMode,
    indent: manifest.indent,
    sample: manifest.sample,
    errorPosition: manifest.errorPosition,
    image,
    warm,
  }));
  const refused = mistakes.map((mistake) => ({
    id: mistake.id,
    name: mistake.id,
    fileName: 'main.txt',
    editorMode: 'text',
    indent: 4,
    sample: '',
    image: { kind: 'failed' as const, reason: mistakeText(mistake) },
    warm: 0,
  }));
  return [...entries, ...refused].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** What sandboxes of a language came to. */
export interface Experience {
  /** Why the latest could not be started. */
  problem(language: LanguageId): string | undefined;
  /** Languages that have had a sandbox ready, or for which none is to be kept so. */
  readonly worked: ReadonlySet<LanguageId>;
}

/**
 * Ready: every language that could be built has had a sandbox ready where one is to be kept, and the latest could be
 * started. That all are in use at the moment is no fault.
 */
export function healthOf(
  offered: readonly Offered[],
  mistakes: readonly LanguageMistake[],
  experience: Experience,
): Health {
  const reasons: string[] = [];
  let lacking = false;
  let working = 0;
  for (const { language, image } of offered) {
    if (image.kind === 'failed') {
      reasons.push(`${language.manifest.name} could not be built: ${image.reason}`);
      continue;
    }
    const lack = lackOf(language, image, experience);
    if (lack === undefined) working += 1;
    else {
      lacking = true;
      reasons.push(lack);
    }
  }
  for (const mistake of mistakes) reasons.push(mistakeText(mistake));
  if (offered.length === 0) reasons.push('No language is installed.');
  const warm = Object.fromEntries(offered.map(({ language, warm: count }) => [language.id, count]));
  return { ready: working > 0 && !lacking, reasons, warm };
}

function lackOf(
  { id, manifest: { name } }: Language,
  image: ImageState,
  { problem, worked }: Experience,
): string | undefined {
  if (image.kind === 'building') return `${name} is being built: ${image.step}, ${Math.floor(image.done * 100)} %.`;
  if (image.kind === 'missing') return `${name} is not built yet.`;
  return problem(id) ?? (worked.has(id) ? undefined : `${name} has no warm sandbox yet.`);
}
