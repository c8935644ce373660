/** For tests with real Docker: a service of its own, on the machine's daemon. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import { createSandboxes, type SandboxesOptions, type SandboxService } from './sandboxes.ts';

/** Where the machine's images and its Docker daemon are, unless the environment says otherwise. */
export const CACHE_FOLDER = process.env.CACHE_DIR ?? '/var/lib/codeconnected';
/** Socket of the daemon to test with. */
export const DOCKER_SOCKET = process.env.DOCKER_SOCKET ?? join(CACHE_FOLDER, 'docker', 'docker.sock');
/** The languages that come with the product. */
export const LANGUAGES_FOLDER = fileURLToPath(new URL('../../../../languages', import.meta.url));
/** Runtime to test with. */
export const RUNTIME = 'runsc';

/** Resolves when a condition holds that only changes of the service can bring about. */
export function whenChanged(service: SandboxService, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds()) return;
      stop();
      resolve();
    };
    const stop = service.onChange(look);
    look();
  });
}

/** Resolves when a language's image is there; rejects with the reason if it cannot be. */
export async function whenBuilt(service: SandboxService, language: LanguageId): Promise<void> {
  const state = () => service.languages().find((each) => each.id === language)?.image;
  await whenChanged(service, () => state()?.kind === 'ready' || state()?.kind === 'failed');
  const image = state();
  if (image?.kind === 'failed') throw new Error(image.reason);
}

/** A started service with a name of its own. */
export async function startService(options: Partial<SandboxesOptions> = {}): Promise<SandboxService> {
  const service = createSandboxes({
    socketPath: DOCKER_SOCKET,
    instance: `test-${crypto.randomUUID()}`,
    languageFolders: [LANGUAGES_FOLDER],
    cacheFolder: CACHE_FOLDER,
    runtime: RUNTIME,
    warm: 1,
    log: { info() {}, warn() {}, error() {} },
    ...options,
  });
  await service.start();
  return service;
}

/** A fresh empty folder. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'codeconnected-'));
}
