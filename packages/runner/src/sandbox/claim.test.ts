import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import { HandClock } from '@codeconnected/core/room/memory/hand-clock.ts';
import { expect, test, vi } from 'vitest';
import { DockerSandbox } from './docker-sandbox.ts';
import { createSandboxes } from './sandboxes.ts';
import { LANGUAGES_FOLDER } from './testing.ts';

vi.mock('../image/builder.ts', () => ({
  createImageBuilder: () => ({ exists: async () => true, ensure: async () => {} }),
  imageName: () => 'image',
}));
const reap = vi.hoisted(() => ({ sandboxes: async (): Promise<string[]> => [] }));
vi.mock('./reap.ts', () => ({
  INSTANCE_LABEL: 'instance',
  OWNER_LABEL: 'owner',
  reapSandboxes: () => reap.sandboxes(),
}));

/** A service whose sandboxes are ready at once; `fading` of each language have ended, though nobody was told yet. */
function make(fading: number) {
  const clock = new HandClock();
  const started = new Map<string, number>();
  let made = 0;
  vi.spyOn(DockerSandbox, 'warm').mockImplementation(async ({ language }) => {
    const before = started.get(language) ?? 0;
    started.set(language, before + 1);
    const kind = before < fading ? 'ended' : 'ready';
    const sandbox = {
      id: `sandbox-${made++}`,
      state: { kind },
      ended: new Promise(() => {}),
      gone: Promise.resolve(),
      release: async () => {},
      claim: () => {
        if (kind === 'ended') throw new Error('a sandbox that is ended cannot be claimed');
        return sandbox;
      },
    };
    return sandbox as unknown as DockerSandbox;
  });
  const log = { info() {}, warn() {}, error() {} };
  const service = createSandboxes({
    socketPath: '/nowhere',
    instance: 'test',
    languageFolders: [LANGUAGES_FOLDER],
    cacheFolder: '/nowhere',
    runtime: 'runsc',
    warm: 5,
    clock,
    log,
  });
  return { service, clock, opened: service.start() };
}

/** The same, started, with all that it keeps warm. */
async function open(fading: number) {
  const { service, clock, opened } = make(fading);
  await opened;
  const language = service.languages()[0]!.id;
  await vi.waitUntil(() => service.languages().every(({ warm }) => warm === 5));
  return { service, language, clock };
}

test('a claim that meets a sandbox that has just ended takes the next', async () => {
  const { service, language } = await open(0);
  const usual = await service.claim(language);
  expect(usual.state.kind).toBe('ready');
  await service.close();
  const other = await open(2);
  const claimed = await Promise.all([other.service.claim(other.language), other.service.claim(other.language)]);
  expect(new Set(claimed.map(({ id }) => id)).size).toBe(2);
  await other.service.close();
});

test('a claim that comes while the runner starts says so, and waits', async () => {
  let go = () => {};
  reap.sandboxes = () =>
    new Promise((resolve) => {
      go = () => resolve([]);
    });
  const { service, opened } = make(0);
  const said: string[] = [];
  const claimed = service.claim('python' as LanguageId, (message) => said.push(message));
  await vi.waitUntil(() => said.length > 0);
  expect(said).toEqual(['The runner is starting']);
  go();
  expect((await claimed).state.kind).toBe('ready');
  await opened;
  await service.close();
  reap.sandboxes = async () => [];
});

test('a claim does not go on for ever where all end', async () => {
  const { service, language } = await open(1000);
  await expect(service.claim(language)).rejects.toMatchObject({ reason: 'runner-failed' });
  await service.close();
});

test('the pool fills up again in time, however often somebody claims', async () => {
  const { service, language, clock } = await open(0);
  const warm = () => service.languages().find(({ id }) => id === language)!.warm;
  await service.claim(language);
  for (let i = 0; i < 3; i++) {
    await clock.advance(300);
    await service.claim(language);
  }
  expect(warm()).toBe(1);
  await clock.advance(100);
  await vi.waitUntil(() => warm() === 5);
  await service.close();
});

test('S5 what cannot be removed at the start keeps nothing from starting', async () => {
  reap.sandboxes = () => Promise.reject(new Error('stuck'));
  const { service, language } = await open(0);
  expect((await service.claim(language)).state.kind).toBe('ready');
  await service.close();
});
