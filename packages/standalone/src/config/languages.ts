/** Checks the settings against the languages they are for. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Language, readLanguages } from '@codeconnected/runner/language/folders.ts';
import type { Settings } from './options.ts';
import { refuse } from './read.ts';

/** The folders that LANGUAGES_DIR names. */
export function languageFolders(root: string, settings: Pick<Settings, 'LANGUAGES_DIR'>): string[] {
  return settings.LANGUAGES_DIR.split(':')
    .filter(Boolean)
    .map((folder) => resolve(root, folder));
}

/**
 * Reads the languages that a runner will offer; one with a mistake is left out, and the runner says why.
 * @throws SetupError where a folder is missing, or where a language could never run
 */
export async function checkLanguages(
  root: string,
  settings: Pick<Settings, 'LANGUAGES_DIR' | 'SANDBOX_MEMORY_MIB'>,
): Promise<readonly Language[]> {
  const further = languageFolders(root, settings);
  refuse(
    further
      .filter((folder) => !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      .map((folder) => `LANGUAGES_DIR=${settings.LANGUAGES_DIR}: must name folders, and ${folder} is none`),
  );
  const { languages } = await readLanguages([resolve(root, 'languages'), ...further]);
  const most = settings.SANDBOX_MEMORY_MIB;
  const starved = languages.filter(({ manifest }) => most !== 0 && manifest.limits.memoryMiB > most);
  refuse(
    starved.map(
      ({ manifest }) =>
        `SANDBOX_MEMORY_MIB=${most}: must not be less than one sandbox of ${manifest.name} may take (${manifest.limits.memoryMiB})`,
    ),
  );
  return languages;
}
