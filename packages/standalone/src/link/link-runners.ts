/** The port `Runners` over the link that a runner opened: the control plane's end. */
import type { Clock } from '@codeconnected/core/clock.ts';
import { CodedError, codeOf, isErrorCode } from '@codeconnected/core/error/visible.ts';
import type { CatalogueEntry } from '@codeconnected/core/language/catalogue.ts';
import type { ConnectionId, LanguageId, PersonId, RoomId } from '@codeconnected/core/room/ids.ts';
import type { Publisher } from '@codeconnected/core/room/publisher.ts';
import type { RunnerFrame } from '@codeconnected/core/sandbox/link.ts';
import type { Runners, RunRequest, Size, TerminalInput } from '@codeconnected/core/sandbox/runners.ts';
import type { WebSocket } from 'ws';
import { RunnerConnection } from './runner-connection.ts';
import { Viewers } from './viewers.ts';

/** Milliseconds that a claim may take: a sandbox that has to be started on a busy machine. */
const CLAIM_MILLISECONDS = 90_000;
/** Milliseconds that everything else may take. */
const REQUEST_MILLISECONDS = 10_000;
/** What the room reads while the runner is away. */
const AWAY = 'The runner is away for a moment. Editing goes on and is saved; the terminal comes back by itself.';

export interface LinkRunnersOptions {
  readonly publisher: Publisher;
  readonly clock: Clock;
  log(message: string, fields: object): void;
  /** Told of what somebody has to mend. */
  warn(message: string, fields: object): void;
}

export class LinkRunners implements Runners {
  readonly #options: LinkRunnersOptions;
  readonly #viewers = new Viewers();
  readonly #onReady = new Set<() => void>();
  readonly #onLost = new Set<() => void>();
  #runner: RunnerConnection | undefined;
  #problem: string | undefined;

  constructor(options: LinkRunnersOptions) {
    this.#options = options;
  }

  /**
   * Takes over a WebSocket whose credential was checked at the upgrade. A runner that dials anew replaces its own older
   * link; another one is turned away, or the two would drive each other out in turn.
   */
  acceptRunner(socket: WebSocket): void {
    const runner = new RunnerConnection(socket, this.#options.clock, {
      ready: () => {
        const before = this.#runner;
        if (before && before.name !== runner.name) {
          this.#options.log('a second runner was turned away', { runner: runner.name, connected: before.name });
          runner.close();
          return;
        }
        this.#runner = runner;
        this.#problem = undefined;
        before?.close();
        this.#options.log('a runner is connected', { runner: runner.name });
        for (const listener of this.#onReady) listener();
      },
      post: (frame) => this.#post(runner, frame),
      refused: (reason) => this.turnedAway(`its link was refused: ${reason}`),
      dropped: (reason) => this.#options.log('a link frame was dropped', { reason }),
      closed: () => {
        if (this.#runner !== runner) return;
        this.#runner = undefined;
        this.#options.log('the runner is gone', { runner: runner.name });
        for (const { viewer, frame } of this.#viewers.lost(AWAY)) void this.#options.publisher.push(viewer, frame);
        for (const listener of this.#onLost) listener();
      },
    });
  }

  /** Calls back whenever a runner is there that was not: whoever watches has to watch anew. */
  onRunnerReady(listener: () => void): () => void {
    this.#onReady.add(listener);
    return () => this.#onReady.delete(listener);
  }

  /** Calls back when the runner is gone; its viewers have been told. */
  onRunnerLost(listener: () => void): () => void {
    this.#onLost.add(listener);
    return () => this.#onLost.delete(listener);
  }

  /** A runner came that may not stay. Said once for each cause, however often it dials. */
  turnedAway(cause: string): void {
    if (this.#problem !== cause) this.#options.warn('a runner was turned away', { cause });
    this.#problem = cause;
  }

  /** Why the latest runner that came was turned away, while none is connected. */
  get problem(): string | undefined {
    return this.#runner ? undefined : this.#problem;
  }

  /** What the runner said last; undefined while none is connected. */
  get status(): Omit<Extract<RunnerFrame, { t: 'status' }>, 't' | 'languages'> | undefined {
    return this.#runner?.status;
  }

  async languages(): Promise<readonly CatalogueEntry[]> {
    return this.#runner?.status?.languages ?? [];
  }

  async watch(room: RoomId, viewer: ConnectionId, language: LanguageId, epoch: () => Promise<number>): Promise<void> {
    this.#viewers.add(viewer);
    const ask = async (raised?: number) => {
      const answer = await this.#request('POST', `${path(room)}/viewers`, { viewer, language, epoch: raised });
      return (answer as { watching: boolean }).watching;
    };
    if (await ask()) return;
    await ask(await epoch());
  }

  async unwatch(room: RoomId, viewer: ConnectionId): Promise<void> {
    this.#viewers.remove(viewer);
    await this.#request('DELETE', `${path(room)}/viewers/${encodeURIComponent(viewer)}`);
  }

  async run(room: RoomId, request: RunRequest): Promise<'started' | 'joined'> {
    try {
      const answer = await this.#request('POST', `${path(room)}/run`, request, CLAIM_MILLISECONDS);
      return (answer as { result: 'started' | 'joined' }).result;
    } catch (error) {
      // Of a run only the files are large.
      throw codeOf(error) === 'frame-too-large' ? new CodedError('file-too-large') : error;
    }
  }

  async stop(room: RoomId): Promise<void> {
    await this.#request('POST', `${path(room)}/stop`);
  }

  async input(room: RoomId, by: PersonId, input: TerminalInput & Partial<Size>): Promise<number> {
    const answer = await this.#request('POST', `${path(room)}/input`, { by, ...input });
    return (answer as { taken: number }).taken;
  }

  async interrupt(room: RoomId): Promise<void> {
    await this.#request('POST', `${path(room)}/interrupt`);
  }

  async resize(room: RoomId, { columns, rows }: Size): Promise<void> {
    await this.#request('POST', `${path(room)}/size`, { columns, rows });
  }

  async clear(room: RoomId): Promise<void> {
    await this.#request('POST', `${path(room)}/clear`);
  }

  async reset(room: RoomId, language: LanguageId, epoch: number, note: string): Promise<void> {
    await this.#request('POST', `${path(room)}/reset`, { language, epoch, note }, CLAIM_MILLISECONDS);
  }

  async close(room: RoomId): Promise<void> {
    await this.#request('DELETE', path(room));
  }

  /** Ends the link. */
  shutDown(): void {
    const runner = this.#runner;
    this.#runner = undefined;
    runner?.close();
  }

  async #request(
    method: 'POST' | 'DELETE',
    url: string,
    body?: unknown,
    milliseconds: number = REQUEST_MILLISECONDS,
  ): Promise<unknown> {
    if (!this.#runner) throw new CodedError('runner-absent');
    const { status, body: answer } = await this.#runner.request(method, url, body, milliseconds);
    if (status < 300) return answer;
    const { code, detail } = (answer ?? {}) as { code?: unknown; detail?: unknown };
    throw new CodedError(typeof code === 'string' && isErrorCode(code) ? code : 'runner-failed', String(detail ?? ''));
  }

  #post(runner: RunnerConnection, frame: Extract<RunnerFrame, { t: 'post' }>): void {
    if (this.#runner !== runner) return;
    const viewers = frame.viewers as ConnectionId[];
    // Left over from another control plane, or not the runner's to speak to.
    for (const viewer of viewers) if (!this.#viewers.has(viewer)) runner.gone(viewer);
    for (const viewer of this.#viewers.posted(viewers, frame.text)) {
      void this.#options.publisher.push(viewer, frame.text).then((delivery) => {
        if (delivery === 'sent') return;
        this.#viewers.remove(viewer);
        runner.gone(viewer);
      });
    }
  }
}

function path(room: RoomId): string {
  return `/terminals/${encodeURIComponent(room)}`;
}
