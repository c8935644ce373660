/** The standalone store: its worker, and the ports over it. Documents are put together in a thread beside, so that commits go on. */
import { Worker } from 'node:worker_threads';
import { CodedError } from '@codeconnected/core/error/visible.ts';
import { type CompactionResult, compact } from '@codeconnected/core/room/compaction.ts';
import type { History } from '@codeconnected/core/room/history.ts';
import type { RoomId } from '@codeconnected/core/room/ids.ts';
import type { SnapshotStore } from '@codeconnected/core/room/snapshot-store.ts';
import type { UpdateLog } from '@codeconnected/core/room/update-log.ts';
import type { CodeSessions } from '@codeconnected/core/session/code-sessions.ts';
import type { Answer, Operation, Operations, Request, StoreBounds, WorkerData } from './messages.ts';
import { ThreadWorkbench } from './thread-workbench.ts';

export interface Store {
  readonly log: UpdateLog;
  readonly snapshots: SnapshotStore;
  readonly history: History;
  readonly sessions: CodeSessions;
  /** Replaces document and tail by one DocumentSnapshot (rule D3). */
  compact(room: RoomId): Promise<CompactionResult>;
  /** Deletes all there is of a room. */
  removeRoom(room: RoomId, unusedSince?: number): Promise<boolean>;
  /** Finishes what was asked, then gives the data directory back. */
  close(): Promise<void>;
}

export interface StoreOptions extends StoreBounds {
  readonly dataDir: string;
  /** Told when the worker dies: nothing can be kept from then on, so the process should end and be started anew. */
  readonly died?: (error: Error) => void;
}

/** Opens the store; rejects where another process has the data directory or it cannot be read. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const calls = new Calls(options);
  await calls.opened;
  const call = calls.call.bind(calls);
  const workbench = new ThreadWorkbench();
  let compacting: Promise<unknown> = Promise.resolve();
  const log: UpdateLog = {
    append: (room, entry) => call('logAppend', room, entry),
    async *read(room) {
      for (let after: number | undefined = 0; after !== undefined; ) {
        const page: ReturnType<Operations['logPage']> = await call('logPage', room, after);
        if (page.entries.length > 0) yield page.entries;
        after = page.next;
      }
    },
    remove: (room, keys) => call('logRemove', room, keys),
    weight: (room) => call('logWeight', room),
  };
  const snapshots: SnapshotStore = {
    read: (room) => call('snapshotRead', room),
    write: (room, next, expected) => call('snapshotWrite', room, next, expected),
    remove: (room) => call('snapshotRemove', room),
  };
  const history: History = {
    archive: (room, segment) => call('historyArchive', room, segment),
    async *segments(room) {
      for (const name of await call('historyNames', room)) {
        const segment = await call('historySegment', room, name);
        if (segment) yield segment;
      }
    },
    record: (room, event) => call('historyRecord', room, event),
    async *events(room) {
      for (let after: number | undefined = 0; after !== undefined; ) {
        const page: ReturnType<Operations['historyEvents']> = await call('historyEvents', room, after);
        if (page.events.length > 0) yield page.events;
        after = page.next;
      }
    },
    remove: (room) => call('historyRemove', room),
  };
  const sessions: CodeSessions = {
    create: (session) => call('sessionCreate', session),
    read: (id) => call('sessionRead', id),
    touch: (id, at) => call('sessionTouch', id, at),
    raiseTerminalEpoch: (id) => call('sessionRaise', id),
    countCreated: (origin, since) => call('sessionCount', origin, since),
    unusedSince: (before, most) => call('sessionUnused', before, most),
    remove: (id) => call('sessionRemove', id),
  };
  return {
    log,
    snapshots,
    history,
    sessions,
    compact(room) {
      const result = compact(room, { log, snapshots, history, workbench });
      compacting = result.catch(() => undefined);
      return result;
    },
    async removeRoom(room, unusedSince) {
      // A compaction that was under way would write files of the room after they were deleted.
      await compacting;
      return call('removeRoom', room, unusedSince);
    },
    async close() {
      await workbench.close();
      await compacting;
      await calls.close();
    },
  };
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Calls of the worker by number. */
class Calls {
  readonly opened: Promise<void>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #over: Error | undefined;
  #closing = false;

  constructor({ dataDir, died, historyBytes, freeBytes }: StoreOptions) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'store',
      workerData: { dataDir, historyBytes, freeBytes } satisfies WorkerData,
    });
    this.opened = new Promise((resolve, reject) => {
      const end = (error: Error) => {
        if (this.#over) return;
        this.#over = error;
        reject(error);
        for (const { reject } of this.#pending.values()) reject(error);
        this.#pending.clear();
        if (!this.#closing) died?.(error);
      };
      this.#worker.on('message', (message: Answer) => {
        if (message.kind === 'open') resolve();
        else if (message.kind === 'refused') {
          this.#closing = true;
          end(new Error(message.message));
          void this.#worker.terminate();
        } else this.#answered(message);
      });
      this.#worker.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))));
      this.#worker.on('exit', () => end(new Error('the store is closed')));
    });
  }

  call<O extends Operation>(operation: O, ...args: Parameters<Operations[O]>): Promise<ReturnType<Operations[O]>> {
    if (this.#over) return Promise.reject(this.#over);
    return new Promise<ReturnType<Operations[O]>>((resolve, reject) => {
      const id = this.#next++;
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker.postMessage({ id, operation, args } satisfies Request);
    });
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const exited = new Promise<void>((done) => this.#worker.once('exit', () => done()));
    await this.call('close');
    await exited;
  }

  #answered(message: Extract<Answer, { id: number }>): void {
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    this.#pending.delete(message.id);
    if (message.kind === 'value') pending.resolve(message.value);
    else pending.reject(message.code ? new CodedError(message.code) : new Error(message.message));
  }
}
