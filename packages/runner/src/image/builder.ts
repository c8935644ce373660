/** Language images: found in Docker, else imported from the machine's cache, else built once for all installations. */
import { createReadStream } from 'node:fs';
import { access, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type Docker from 'dockerode';
import type { Language } from '../language/folders.ts';
import { ownerOf, ownerText } from '../sandbox/owner.ts';
import { OWNER_LABEL } from '../sandbox/reap.ts';
import { command } from './command.ts';
import { makeRootFileSystem, SANDBOX_HOME } from './debian.ts';
import { lockFile } from './lock.ts';
import { fetchNpmFiles } from './npm.ts';

/** Label of everything that is ours in Docker; its value is the kind. */
export const KIND_LABEL = 'codeconnected.kind';
/** Shares of the whole that the steps after mmdebstrap begin at. */
const IMPORT_FROM = 0.92;
const FILES_FROM = 0.98;

/** Name of a language's image in Docker. */
export function imageName(language: Language): string {
  return `codeconnected/${language.id}:${language.hash}`;
}

/** Told what is being done, and how far it is of 0 to 1. */
export type Progress = (step: string, done: number) => void;

export interface ImageBuilder {
  /** Whether Docker has it. */
  exists(language: Language): Promise<boolean>;
  /** Makes sure that Docker has it. Rejects with the failed program's last lines. */
  ensure(language: Language, progress: Progress, signal?: AbortSignal): Promise<void>;
}

async function hasImage(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getImage(name).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

async function importImage(docker: Docker, file: string, name: string, progress: Progress): Promise<void> {
  const [repo, tag] = name.split(':') as [string, string];
  const { size } = await stat(file);
  const source = createReadStream(file);
  let read = 0;
  source.on('data', (chunk) => {
    read += chunk.length;
    progress('Importing into Docker', IMPORT_FROM + (FILES_FROM - IMPORT_FROM) * (read / size));
  });
  const answer = (await docker.importImage(source, {
    repo,
    tag,
    changes: `LABEL ${KIND_LABEL}=base`,
  } as object)) as unknown as NodeJS.ReadableStream;
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(answer, (error, lines: { error?: string }[] | null) => {
      // What goes wrong after Docker has begun to answer stands in the answer.
      const refused = lines?.find((line) => line.error !== undefined)?.error;
      if (error) reject(error);
      else if (refused !== undefined) reject(new Error(`Docker cannot import ${file}: ${refused}`));
      else resolve();
    });
  });
}

/** Moves a file so that after a power cut there is either all of it under its new name or none. */
async function publish(partial: string, file: string): Promise<void> {
  await sync(partial);
  await rename(partial, file);
  await sync(dirname(file));
}

async function sync(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether Docker itself refused, and not the way to it. */
function isAnswer(error: unknown): boolean {
  return typeof (error as { code?: unknown }).code !== 'string';
}

/** Puts the language's own files onto its base. */
async function addFiles(docker: Docker, language: Language, base: string, temporary: string): Promise<void> {
  const root = join(temporary, 'files');
  for (const [to, content] of language.files) {
    await mkdir(dirname(join(root, to)), { recursive: true });
    await writeFile(join(root, to), content, { mode: 0o644 });
  }
  await mkdir(root, { recursive: true });
  const archive = join(temporary, 'files.tar');
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--sort=name', '--mode=u=rwX,go=rX'];
  await command('tar', ['-cf', archive, ...owner, '-C', root, '.']);
  const container = await docker.createContainer({
    Image: base,
    Cmd: language.manifest.boot,
    NetworkDisabled: true,
    HostConfig: { NetworkMode: 'none' },
    // Who is killed meanwhile leaves it to whoever reaps next (rule S5).
    Labels: { [KIND_LABEL]: 'build', [OWNER_LABEL]: ownerText(ownerOf()) },
  });
  try {
    await container.putArchive(createReadStream(archive), { path: '/' });
    const [repo, tag] = imageName(language).split(':') as [string, string];
    await container.commit({
      repo,
      tag,
      // An image hands its labels on: without an owner of its own, whatever is made of it would count as a dead one's.
      changes: [`WORKDIR ${SANDBOX_HOME}`, `LABEL ${KIND_LABEL}=language ${OWNER_LABEL}=""`].join('\n'),
    });
  } finally {
    await container.remove({ force: true }).catch(() => {});
  }
}

/**
 * Makes the builder.
 * @param cacheFolder machine-wide: holds downloads, root file systems and the lock
 */
export function createImageBuilder(docker: Docker, cacheFolder: string): ImageBuilder {
  const images = join(cacheFolder, 'images');
  const lock = join(images, 'build.lock');

  async function build(language: Language, progress: Progress, signal?: AbortSignal): Promise<void> {
    const base = `codeconnected-base:${language.baseHash}`;
    const tar = join(images, `${language.baseHash}.tar`);
    const temporary = join(images, 'work');
    // Whoever holds the lock owns this folder; what is there was left by a build that was killed.
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    try {
      if (!(await hasImage(docker, base))) {
        const cached = await access(tar).then(
          () => true,
          () => false,
        );
        if (!cached) {
          progress('Fetching packages', 0);
          const { recipe } = language;
          const uploads = await fetchNpmFiles(recipe.npm, join(cacheFolder, 'downloads'), temporary, signal);
          const partial = join(temporary, 'root.tar');
          await makeRootFileSystem(
            { ...recipe, uploads },
            { target: partial, temporary, signal, progress: (step, done) => progress(step, done * IMPORT_FROM) },
          );
          await publish(partial, tar);
        }
        await importImage(docker, tar, base, progress).catch(async (error: unknown) => {
          // What Docker does not take is damaged: the next try makes it anew.
          if (isAnswer(error)) await rm(tar, { force: true });
          throw error;
        });
      }
      progress('Adding the boot program', FILES_FROM);
      await addFiles(docker, language, base, temporary);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  return {
    exists: (language) => hasImage(docker, imageName(language)),
    async ensure(language, progress, signal) {
      if (await hasImage(docker, imageName(language))) return;
      const unlock = await lockFile(
        lock,
        () => progress('Waiting for another installation that builds images', 0),
        signal,
      );
      try {
        if (await hasImage(docker, imageName(language))) return;
        signal?.throwIfAborted();
        await build(language, progress, signal);
      } finally {
        await unlock();
      }
    },
  };
}
