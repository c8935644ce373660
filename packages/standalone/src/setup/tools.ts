/** What tests and benchmarks need before they start: packages, Docker, every language's image, the pages. */
import { resolve } from 'node:path';
import { createImageBuilder } from '@codeconnected/runner/image/builder.ts';
import { mistakeText, readLanguages } from '@codeconnected/runner/language/folders.ts';
import Docker from 'dockerode';
import { SetupError, step } from '../../../../scripts/lib/progress.mjs';
import { readSettings } from '../config/read.ts';
import { daemonPackages, ensureDebianPackages, IMAGE_PACKAGES, TEST_PACKAGES } from './debian.ts';
import { chooseDocker } from './docker.ts';
import { ensureReadable } from './readable.ts';
import { ensureWebBuild } from './web-build.ts';

export interface Tools {
  /** For the programs that test: how to reach Docker. */
  readonly environment: Readonly<Record<string, string>>;
  release(): Promise<void>;
}

/** Installs, starts and builds what is missing. */
export async function prepareTools(root: string, env: NodeJS.ProcessEnv): Promise<Tools> {
  const { settings } = readSettings({ ...env, PORT: '', HOST: '', PUBLIC_URL: '' });
  const cacheDir = resolve(root, settings.CACHE_DIR);
  await ensureDebianPackages([...IMAGE_PACKAGES, ...TEST_PACKAGES]);
  await ensureWebBuild(root);
  await ensureReadable(root);
  const docker = await chooseDocker({
    cacheDir,
    kind: settings.DOCKER,
    // The tests are about gVisor; without it they would show nothing.
    allowUnsandboxed: false,
    dockerHost: env.DOCKER_HOST,
    install: () => ensureDebianPackages(daemonPackages()),
  });
  try {
    await buildImages(root, docker.socket, cacheDir);
  } catch (error) {
    await docker.release();
    throw error;
  }
  return {
    environment: {
      DOCKER_HOST: `unix://${docker.socket}`,
      DOCKER_SOCKET: docker.socket,
      CACHE_DIR: cacheDir,
    },
    release: () => docker.release(),
  };
}

/** Builds what Docker does not have yet, one after the other. */
async function buildImages(root: string, socketPath: string, cacheDir: string): Promise<void> {
  const { languages, mistakes } = await readLanguages([resolve(root, 'languages')]);
  if (mistakes.length > 0) throw new SetupError('a language folder is wrong', [], mistakes.map(mistakeText));
  const builder = createImageBuilder(new Docker({ socketPath }), cacheDir);
  for (const [index, language] of languages.entries()) {
    await step(`building the image of ${language.manifest.name} (${index + 1} of ${languages.length})`, (report) =>
      builder.ensure(language, (what, done) => report(`${what}, ${Math.round(done * 100)} %`)),
    );
  }
}
