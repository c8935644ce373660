/** One factory for everything below the terminal: languages, their images, the warm pool, sandboxes. */
import { totalmem } from 'node:os';
import { systemClock } from '@codeconnected/core/clock.ts';
import type { ImageState } from '@codeconnected/core/language/catalogue.ts';
import type { SandboxLimits } from '@codeconnected/core/language/manifest.ts';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import { type Place, Pool } from '@codeconnected/core/sandbox/pool.ts';
import { type ClaimedSandbox, ClaimRefused, type SandboxEnd } from '@codeconnected/core/sandbox/sandbox.ts';
import Docker from 'dockerode';
import { createImageBuilder, imageName } from '../image/builder.ts';
import { SANDBOX_UID } from '../image/debian.ts';
import { type Language, type LanguageMistake, readLanguages } from '../language/folders.ts';
import { catalogueOf, healthOf, type Offered } from './catalogue.ts';
import { DockerSandbox, GONE_MILLISECONDS } from './docker-sandbox.ts';
import { ownerOf, ownerText } from './owner.ts';
import { INSTANCE_LABEL, OWNER_LABEL, reapSandboxes } from './reap.ts';
import { createRemover, within } from './remove.ts';
import type { SandboxesOptions, SandboxService } from './service.ts';
import { Timers } from './timers.ts';

export type { Log, SandboxesOptions, SandboxService } from './service.ts';

/** Sandboxes kept warm for each language: one for who presses now, one for who presses next. */
const WARM = 2;
/** Sandboxes at once: far more than people on modest hardware need, few enough for Docker. */
const SANDBOXES_MOST = 100;
/** Share of the machine's memory that sandboxes may take together. */
const MEMORY_SHARE = 0.7;
/** MiB that a paused, unclaimed sandbox takes, measured with room to spare. */
const WARM_MIB = 64;
/** Sandboxes that a claim takes in turn where the one before has just ended by itself. */
const CLAIMS_MOST = 3;
/** Starts at once that nobody waits for: they share the cores with what people run. */
const STARTS_MOST = 1;
/** Milliseconds after a claim before the pool fills up again, so that the program has the cores first. */
const REFILL_MILLISECONDS = 1_000;
/** Milliseconds after which a claim says what it waits for. */
const PATIENCE_MILLISECONDS = 250;
/** Milliseconds before an image that failed is tried again; doubled for each further failure. */
const IMAGE_RETRY_FIRST_MILLISECONDS = 30_000;
const IMAGE_RETRY_MOST_MILLISECONDS = 30 * 60_000;
/** Milliseconds between progress reports of one image. */
const PROGRESS_MILLISECONDS = 200;
/** Milliseconds between looks for sandboxes of dead owners. */
const REAP_MILLISECONDS = 5 * 60_000;
/** The runtime that is gVisor; every other one must be allowed. */
const GVISOR = 'runsc';
/** uids for sandboxes under a runtime whose kernel counts processes per uid across all of them. */
const SHARED_KERNEL_UIDS = { first: 200_000, count: 50_000 } as const;

interface Known {
  readonly language: Language;
  readonly limits: SandboxLimits;
  image: ImageState;
}

/** One place of the pool: its sandbox once started, and who waits for it. */
interface Held {
  sandbox: DockerSandbox | undefined;
  readonly started: Promise<DockerSandbox>;
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Makes the service; nothing happens before `start`. */
export function createSandboxes(options: SandboxesOptions): SandboxService {
  const { runtime, log } = options;
  const unsandboxed = runtime !== GVISOR;
  if (unsandboxed && !options.allowUnsandboxed) {
    throw new Error(`the runtime "${runtime}" is not gVisor and was not allowed`);
  }
  const clock = options.clock ?? systemClock;
  const docker = new Docker({ socketPath: options.socketPath });
  const builder = createImageBuilder(docker, options.cacheFolder);
  const remover = createRemover({ clock, persistent: true });
  const labels = { [INSTANCE_LABEL]: options.instance, [OWNER_LABEL]: ownerText(ownerOf()) };
  const pool = new Pool(
    {
      sandboxesMost: options.sandboxesMost ?? SANDBOXES_MOST,
      memoryMiB: options.memoryMiB ?? Math.floor((totalmem() / 1024 / 1024) * MEMORY_SHARE),
      warmMiB: WARM_MIB,
      startsMost: STARTS_MOST,
    },
    () => clock.monotonic(),
  );
  const known = new Map<LanguageId, Known>();
  let mistakes: readonly LanguageMistake[] = [];
  const held = new Map<number, Held>();
  const listeners = new Set<() => void>();
  const timers = new Timers(clock);
  const background = new Set<Promise<unknown>>();
  /** Stopped sandboxes that are not gone yet: their places are about to be free. */
  const leaving = new Set<Promise<void>>();
  const problems = new Map<string, string>();
  /** Languages that have had a sandbox ready, or for which none is to be kept so. */
  const worked = new Set<LanguageId>();
  const closing = new AbortController();
  /** Settled once the languages are read and those that are built are known. */
  const started = Promise.withResolvers<void>();
  let isStarted = false;
  let closed = false;
  let nextUid = Math.floor(Math.random() * SHARED_KERNEL_UIDS.count);

  const changed = () => {
    for (const listener of listeners) listener();
  };
  const later = (name: string, ms: number, work: () => void) => {
    timers.later(name, ms, () => closed || work());
  };
  const inBackground = (work: Promise<unknown>) => {
    background.add(work);
    void work.finally(() => background.delete(work)).catch(() => {});
  };

  /** Starts a place's sandbox. */
  function begin(place: Place): Held {
    const { language, limits } = known.get(place.language)!;
    const uid = unsandboxed ? SHARED_KERNEL_UIDS.first + (nextUid++ % SHARED_KERNEL_UIDS.count) : SANDBOX_UID;
    const wish = {
      image: imageName(language),
      boot: language.manifest.boot,
      environment: language.manifest.environment,
      limits,
      runtime,
      uid,
      labels,
    };
    const started = DockerSandbox.warm({ docker, remover, clock, language: place.language, wish }).then(
      (sandbox) => {
        entry.sandbox = sandbox;
        problems.delete(place.language);
        worked.add(place.language);
        pool.becameReady(place.id);
        void sandbox.ended.then((end) => leave(place, sandbox, end));
        changed();
        if (closed) inBackground(sandbox.release());
        return sandbox;
      },
      (error) => {
        held.delete(place.id);
        pool.ended(place.id, true);
        problems.set(place.language, `${language.manifest.name} could not be started: ${reason(error)}`);
        log.warn({ language: place.language, reason: reason(error) }, 'a sandbox could not be started');
        changed();
        throw error;
      },
    );
    const entry: Held = { sandbox: undefined, started };
    held.set(place.id, entry);
    inBackground(started.then(refill, refill));
    return entry;
  }

  /** Gives an ended sandbox's place free; one that was stopped while it ran, not before it is really gone. */
  function leave(place: Place, sandbox: DockerSandbox, end: SandboxEnd): void {
    const free = () => {
      held.delete(place.id);
      pool.ended(place.id);
      changed();
      later('refill', REFILL_MILLISECONDS, refill);
    };
    inBackground(
      sandbox.gone.catch((error) => log.warn({ sandbox: sandbox.id, reason: reason(error) }, 'a removal failed')),
    );
    if (!sandbox.wasClaimed || end.kind === 'exited') {
      free();
      return;
    }
    const gone = sandbox.gone.catch(() => {});
    const left = within(clock, GONE_MILLISECONDS, gone, () => {}).then(() => {
      leaving.delete(left);
      free();
    });
    leaving.add(left);
  }

  function refill(): void {
    if (closed) return;
    const places = pool.refill();
    for (const place of places) begin(place);
    const retry = pool.retryAfter;
    if (retry === undefined) {
      if (places.length === 0) settle();
      return;
    }
    later('retry', retry + 1, () => {
      refill();
      // Whoever waits may try again, whether anything is kept warm or not.
      changed();
    });
  }

  /** Nothing more is to be started: a language without a warm sandbox has none because none is wanted, or none fits. */
  function settle(): void {
    if ([...held.values()].some(({ sandbox }) => sandbox === undefined)) return;
    const before = worked.size;
    for (const [id, { image }] of known) if (image.kind === 'ready') worked.add(id);
    if (worked.size > before) changed();
  }

  function offer(id: LanguageId): void {
    const entry = known.get(id)!;
    entry.image = { kind: 'ready', version: entry.language.hash };
    pool.offer(id, { warm: options.warm ?? WARM, memoryMiB: entry.limits.memoryMiB });
  }

  /** Brings one language's image, again after a while where that fails. */
  async function bring(id: LanguageId, failures = 0): Promise<void> {
    const entry = known.get(id)!;
    const began = clock.monotonic();
    let reported = Number.NEGATIVE_INFINITY;
    let step = '';
    try {
      if (!(await builder.exists(entry.language))) {
        await builder.ensure(
          entry.language,
          (next, done) => {
            const now = clock.monotonic();
            if (next === step && now - reported < PROGRESS_MILLISECONDS) return;
            if (next !== step) log.info({ language: id, step: next }, 'building an image');
            step = next;
            reported = now;
            entry.image = { kind: 'building', step, done, seconds: (now - began) / 1000 };
            changed();
          },
          closing.signal,
        );
      }
      offer(id);
      refill();
    } catch (error) {
      if (closed) return;
      entry.image = { kind: 'failed', reason: reason(error) };
      log.error({ language: id, reason: reason(error) }, 'an image could not be built');
      const wait = Math.min(IMAGE_RETRY_MOST_MILLISECONDS, IMAGE_RETRY_FIRST_MILLISECONDS * 2 ** failures);
      later(`image ${id}`, wait, () => inBackground(bring(id, failures + 1)));
    }
    changed();
  }

  async function read(): Promise<void> {
    // One that cannot be removed keeps nothing from starting: it is tried again with the others, now and then.
    const reaped = await reapSandboxes(docker).catch((error): string[] => {
      log.warn({ reason: reason(error) }, 'reaping failed');
      return [];
    });
    if (reaped.length > 0) log.info({ sandboxes: reaped.length }, 'removed what a crash had left');
    const found = await readLanguages(options.languageFolders);
    mistakes = found.mistakes;
    for (const mistake of mistakes) log.error({ ...mistake }, 'a language is refused');
    for (const language of found.languages) {
      const limits = { ...language.manifest.limits, ...options.limits };
      known.set(language.id, { language, limits, image: { kind: 'missing' } });
    }
    changed();
    const absent: LanguageId[] = [];
    const look = async ([id, { language }]: [LanguageId, Known]) => {
      if (await builder.exists(language).catch(() => false)) offer(id);
      else absent.push(id);
    };
    await Promise.all([...known].map(look));
    refill();
    reapNowAndThen();
    inBackground(
      (async () => {
        for (const id of absent) if (!closed) await bring(id);
      })(),
    );
  }

  function reapNowAndThen(): void {
    later('reap', REAP_MILLISECONDS, () => {
      inBackground(reapSandboxes(docker).catch((error) => log.warn({ reason: reason(error) }, 'reaping failed')));
      reapNowAndThen();
    });
  }

  function giveUp(places: readonly Place[]): void {
    for (const place of places) {
      const sandbox = held.get(place.id)?.sandbox;
      if (sandbox) inBackground(sandbox.release());
    }
  }

  async function claim(
    id: LanguageId,
    waiting: (message: string) => void = () => {},
    attempt = 1,
  ): Promise<ClaimedSandbox> {
    if (!isStarted) {
      waiting('The runner is starting');
      await started.promise;
    }
    const entry = known.get(id);
    if (closed) throw new ClaimRefused('runner-failed', 'the runner is closing');
    if (!entry) throw new ClaimRefused('unknown-language', `there is no language "${id}" here`);
    if (entry.image.kind !== 'ready') throw new ClaimRefused('image-missing', `${id}: its image is not ready`);
    let decision = pool.claim(id);
    while (decision.kind === 'refused' && decision.reason === 'no-capacity' && leaving.size > 0) {
      await Promise.race(leaving);
      if (closed) throw new ClaimRefused('runner-failed', 'the runner is closing');
      decision = pool.claim(id);
    }
    if (decision.kind === 'refused') {
      if (decision.reason === 'backing-off') throw new ClaimRefused('runner-failed', problems.get(id) ?? 'it failed');
      throw new ClaimRefused(decision.reason, `no sandbox for ${id}`);
    }
    giveUp(decision.evict);
    later('refill', REFILL_MILLISECONDS, refill);
    if (decision.kind === 'take') {
      changed();
      const ready = held.get(decision.place.id)?.sandbox;
      if (ready?.state.kind === 'ready') return ready.claim();
      // It ended by itself a moment ago, which the pool is told only next.
      pool.ended(decision.place.id);
      if (attempt >= CLAIMS_MOST) throw new ClaimRefused('runner-failed', `sandboxes for ${id} keep ending`);
      return await claim(id, waiting, attempt + 1);
    }
    const name = entry.language.manifest.name;
    const cancel = clock.after(PATIENCE_MILLISECONDS, () => waiting(`Starting a fresh ${name}`));
    try {
      const place = decision.start ? begin(decision.place) : held.get(decision.place.id)!;
      const sandbox = await place.started;
      pool.take(decision.place.id);
      changed();
      return sandbox.claim();
    } catch (error) {
      throw new ClaimRefused('runner-failed', reason(error));
    } finally {
      cancel();
    }
  }

  const offered = (): Offered[] =>
    [...known].map(([id, { language, image }]) => ({ language, image, warm: pool.ready(id) }));

  return {
    unsandboxed,
    get claimed() {
      return pool.claimed;
    },
    claim: (id, waiting) => claim(id, waiting),
    canClaim: (id) => !closed && known.get(id)?.image.kind === 'ready' && pool.canClaim(id),
    runStyle: (id) => known.get(id)?.language.manifest.runStyle ?? 'fresh',
    languages: () => catalogueOf(offered(), mistakes),
    limits: (id) => known.get(id)?.limits,
    health: () => {
      const { ready, ...rest } = healthOf(offered(), mistakes, { problem: (id) => problems.get(id), worked });
      return { ...rest, ready: ready && !closed };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async start() {
      try {
        await read();
      } finally {
        isStarted = true;
        started.resolve();
        changed();
      }
    },
    async close() {
      closed = true;
      started.resolve();
      closing.abort();
      timers.close();
      const all = [...held.values()];
      await Promise.allSettled(all.map(async (place) => (await place.started).release()));
      await Promise.allSettled([...background]);
      remover.close();
      listeners.clear();
    },
  };
}
