/** Files from npm packages, fetched with the machine's own npm and its settings. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { command } from './command.ts';
import { nodeArchitecture } from './debian.ts';
import type { Recipe } from './recipe.ts';

/**
 * Unpacks a recipe's npm packages.
 * @param downloads kept between builds
 * @param temporary where the packages are unpacked
 * @returns file here → path in the image
 */
export async function fetchNpmFiles(
  packages: Recipe['npm'],
  downloads: string,
  temporary: string,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const [index, wanted] of packages.entries()) {
    const name = wanted.package.replaceAll('{arch}', nodeArchitecture());
    const archive = join(downloads, `${name.replaceAll('/', '+')}-${wanted.version}.tgz`);
    const folder = join(temporary, `npm-${index}`);
    await mkdir(folder, { recursive: true });
    const unpack = () => command('tar', ['-xzf', archive, '-C', folder, '--strip-components=1', '--no-same-owner']);
    await unpack().catch(async () => {
      await mkdir(downloads, { recursive: true });
      const fresh = join(temporary, `pack-${index}`);
      await mkdir(fresh, { recursive: true });
      const spec = `${name}@${wanted.version}`;
      const answer = await command('npm', ['pack', spec, '--pack-destination', fresh, '--json'], {
        cwd: fresh,
        signal,
      });
      const [packed] = JSON.parse(answer) as { filename: string }[];
      if (!packed) throw new Error(`npm pack ${spec} gave no file`);
      await rename(join(fresh, packed.filename.replace(/^@/, '').replaceAll('/', '-')), archive);
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await unpack();
    });
    for (const [from, to] of Object.entries(wanted.files)) files.set(join(folder, from), to);
  }
  return files;
}
