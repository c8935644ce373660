/** Reads the language folders: each is checked on its own, so that a mistake in one holds up no other. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, manifestSchema } from '@codeconnected/core/language/manifest.ts';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import type { z } from 'zod';
import { type Recipe, recipeSchema } from '../image/recipe.ts';

/** Raised when the same recipe is to give another image. */
const BUILDER_VERSION = 3;
/** Hexadecimal digits of a hash that name an image; 64 bits are plenty for names that nobody attacks. */
const HASH_DIGITS = 16;
/** A folder's name: also part of an image's name, which is where the form comes from. */
const LANGUAGE_ID = /^[a-z0-9][a-z0-9-]{0,39}$/;

export interface Language {
  readonly id: LanguageId;
  readonly manifest: Manifest;
  readonly recipe: Recipe;
  /** Contents of the recipe's own files, by path in the image. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Names everything below the language's own files: packages, npm, setup. */
  readonly baseHash: string;
  /** Names the image. */
  readonly hash: string;
}

/** A folder that is refused: which file, which field, why. */
export interface LanguageMistake {
  readonly id: LanguageId;
  readonly file: string;
  readonly field: string;
  readonly reason: string;
}

/** One sentence for logs and the home page. */
export function mistakeText(mistake: LanguageMistake): string {
  return `${mistake.file}${mistake.field ? `, field ${mistake.field}` : ''}: ${mistake.reason}`;
}

class Refused extends Error {
  readonly file: string;
  readonly field: string;
  constructor(file: string, field: string, reason: string) {
    super(reason);
    this.file = file;
    this.field = field;
  }
}

async function readChecked<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Refused(file, '', error instanceof Error ? error.message : String(error));
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new Refused(file, issue.path.join('.'), issue.message);
}

function hashOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(String(part.length)).update('\n').update(part);
  return hash.digest('hex').slice(0, HASH_DIGITS);
}

/** Reads and checks one folder. Rejects with what {@link readLanguages} reports as a mistake. */
async function readLanguage(id: LanguageId, folder: string): Promise<Language> {
  if (!LANGUAGE_ID.test(id)) throw new Refused(folder, '', `the folder's name must match ${LANGUAGE_ID.source}`);
  const manifest = await readChecked(join(folder, 'manifest.json'), manifestSchema);
  const recipe = await readChecked(join(folder, 'recipe.json'), recipeSchema);
  const files = new Map<string, Buffer>();
  for (const [from, to] of Object.entries(recipe.files)) {
    try {
      files.set(to, await readFile(join(folder, from)));
    } catch {
      throw new Refused(join(folder, 'recipe.json'), `files.${from}`, 'there is no such file in the folder');
    }
  }
  const { files: _own, ...below } = recipe;
  const baseHash = hashOf([
    JSON.stringify({ builder: BUILDER_VERSION, arch: process.arch, ...below, packages: [...below.packages].sort() }),
  ]);
  const hash = hashOf([baseHash, ...[...files].sort(([a], [b]) => (a < b ? -1 : 1)).flat()]);
  return { id, manifest, recipe, files, baseHash, hash };
}

/**
 * Reads every `<id>/` with a manifest in these folders; where an id occurs twice, the earlier folder counts.
 */
export async function readLanguages(
  folders: readonly string[],
): Promise<{ readonly languages: readonly Language[]; readonly mistakes: readonly LanguageMistake[] }> {
  const languages: Language[] = [];
  const mistakes: LanguageMistake[] = [];
  const seen = new Set<string>();
  for (const folder of folders) {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!entry.isDirectory() || entry.name.startsWith('.') || seen.has(entry.name)) continue;
      seen.add(entry.name);
      const id = entry.name as LanguageId;
      try {
        languages.push(await readLanguage(id, join(folder, entry.name)));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        mistakes.push({ id, file: error.file, field: error.field, reason: error.message });
      }
    }
  }
  return { languages, mistakes };
}
