import { HandClock } from '@codeconnected/core/room/memory/hand-clock.ts';
import { afterEach, expect, test, vi } from 'vitest';
import { DockerSandbox } from './docker-sandbox.ts';
import { createSandboxes, type SandboxService } from './sandboxes.ts';
import { LANGUAGES_FOLDER, whenChanged } from './testing.ts';

vi.mock('../image/builder.ts', () => ({
  createImageBuilder: () => ({ exists: async () => true, ensure: async () => {} }),
  imageName: () => 'image',
}));
vi.mock('./reap.ts', () => ({ INSTANCE_LABEL: 'instance', OWNER_LABEL: 'owner', reapSandboxes: async () => [] }));

let service: SandboxService;
afterEach(() => service.close());

async function open(options: { warm: number; sandboxesMost?: number; memoryMiB?: number }, fails = false) {
  vi.spyOn(DockerSandbox, 'warm').mockImplementation(async () => {
    if (fails) throw new Error('no such runtime');
    const sandbox = { state: { kind: 'ready' }, ended: new Promise(() => {}), release: async () => {} };
    return sandbox as unknown as DockerSandbox;
  });
  service = createSandboxes({
    socketPath: '/nowhere',
    instance: 'test',
    languageFolders: [LANGUAGES_FOLDER],
    cacheFolder: '/nowhere',
    runtime: 'runsc',
    clock: new HandClock(),
    log: { info() {}, warn() {}, error() {} },
    ...options,
  });
  await service.start();
}

test.each([
  ['no sandbox is to be kept warm', { warm: 0 }, 0],
  ['there is room for one language’s only', { warm: 1, sandboxesMost: 1 }, 1],
  ['there is memory for one language’s only', { warm: 2, memoryMiB: 128 }, 2],
])('a language is ready when its image is, where %s', async (_, options, warm) => {
  await open(options);
  await whenChanged(service, () => service.health().ready);
  expect(service.languages().length).toBeGreaterThan(1);
  expect(Object.values(service.health().warm).reduce((sum, count) => sum + count)).toBe(warm);
  expect(service.health().reasons).toEqual([]);
});

test('where sandboxes are kept warm, a language is ready once it has had one', async () => {
  await open({ warm: 2 });
  const seen: boolean[] = [];
  await whenChanged(service, () => {
    const counts = service.languages().map(({ warm }) => warm);
    if (service.health().ready) seen.push(counts.every((count) => count > 0));
    return counts.every((count) => count === 2);
  });
  expect(new Set(seen)).toEqual(new Set([true]));
});

test('a language whose sandboxes cannot be started is not ready', async () => {
  await open({ warm: 1 }, true);
  await whenChanged(service, () => service.health().reasons.every((reason) => reason.includes('could not be started')));
  expect(service.health().ready).toBe(false);
});
