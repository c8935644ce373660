/**
 * Workbench in a worker thread that holds nothing else: where a document takes too long, the thread is ended and begun
 * anew. It is started when there is work, and ends after a while without.
 */
import { Worker } from 'node:worker_threads';
import type { StoredDocument } from '@codeconnected/core/room/build-document.ts';
import type { MergedDocument, Trial, Workbench } from '@codeconnected/core/room/workbench.ts';

/** Milliseconds of CPU that an update may take: so long the relay stands still when it is applied there. */
const APPLY_CPU_MILLISECONDS = 400;
/** Milliseconds until it is given up, on a machine that is busy with other things as well. */
const APPLY_MILLISECONDS = 5_000;
/** Milliseconds for building a document: the largest take about one second. */
const BUILD_MILLISECONDS = 30_000;
/** Milliseconds without work after which the thread ends; it takes some ten MiB. */
const IDLE_MILLISECONDS = 30_000;

/** What the thread is asked. */
export type BenchRequest =
  | { readonly kind: 'merge'; readonly stored: StoredDocument }
  | { readonly kind: 'try'; readonly stored: StoredDocument; readonly update: Uint8Array };

/** What it answers. */
export type BenchAnswer =
  /** The document is there; now the update is applied. */
  | { readonly kind: 'built' }
  | { readonly kind: 'merged'; readonly merged: MergedDocument }
  | { readonly kind: 'tried'; readonly before: number; readonly after: number; readonly cpuMilliseconds: number }
  | { readonly kind: 'failed'; readonly message: string };

type Outcome = Exclude<BenchAnswer, { kind: 'built' }> | { readonly kind: 'late'; readonly built: boolean };

export interface ThreadWorkbenchOptions {
  readonly applyMilliseconds?: number;
  readonly buildMilliseconds?: number;
}

export class ThreadWorkbench implements Workbench {
  readonly #options: Required<ThreadWorkbenchOptions>;
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ThreadWorkbenchOptions = {}) {
    this.#options = { applyMilliseconds: APPLY_MILLISECONDS, buildMilliseconds: BUILD_MILLISECONDS, ...options };
  }

  async try(stored: StoredDocument, update: Uint8Array): Promise<Trial> {
    const outcome = await this.#next({ kind: 'try', stored, update });
    if (outcome.kind === 'late' && outcome.built) return { kind: 'too-costly' };
    if (outcome.kind !== 'tried') throw problemOf(outcome);
    if (outcome.cpuMilliseconds > APPLY_CPU_MILLISECONDS) return { kind: 'too-costly' };
    return { kind: 'fine', before: outcome.before, after: outcome.after };
  }

  async merge(stored: StoredDocument): Promise<MergedDocument> {
    const outcome = await this.#next({ kind: 'merge', stored });
    if (outcome.kind !== 'merged') throw problemOf(outcome);
    return outcome.merged;
  }

  /** Ends the thread; what is under way fails. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
  }

  /** One thing at a time. */
  #next(request: BenchRequest): Promise<Outcome> {
    const mine = this.#last.then(() => this.#do(request));
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  #do(request: BenchRequest): Promise<Outcome> {
    if (this.#closed) return Promise.reject(new Error('the workbench is closed'));
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const { applyMilliseconds, buildMilliseconds } = this.#options;
    return new Promise<Outcome>((resolve) => {
      let built = false;
      const late = () => {
        void worker.terminate();
        done({ kind: 'late', built });
      };
      let timer = setTimeout(late, buildMilliseconds);
      const ended = () => done({ kind: 'failed', message: 'the workbench ended' });
      const failed = (error: unknown) => done({ kind: 'failed', message: String(error) });
      const answered = (answer: BenchAnswer) => {
        if (answer.kind !== 'built') return done(answer);
        built = true;
        clearTimeout(timer);
        timer = setTimeout(late, applyMilliseconds);
      };
      const done = (outcome: Outcome) => {
        clearTimeout(timer);
        worker.off('message', answered).off('exit', ended).off('error', failed);
        // One that ended, or failed on its way, is not used again.
        if (outcome.kind === 'late' || outcome.kind === 'failed') this.#forget(worker);
        else this.#idle = setTimeout(() => this.#forget(worker), IDLE_MILLISECONDS).unref();
        resolve(outcome);
      };
      worker.on('message', answered).on('exit', ended).on('error', failed);
      worker.postMessage(request);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./thread-workbench.worker.ts', import.meta.url), { name: 'workbench' });
    // One that fails while nobody waits for it, or while it is being ended, is not to end this process.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    return worker;
  }

  #forget(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined;
    void worker.terminate();
  }
}

function problemOf(outcome: Outcome): Error {
  if (outcome.kind === 'failed') return new Error(outcome.message);
  return new Error(outcome.kind === 'late' ? 'a document took too long to build' : 'an answer to something else');
}
