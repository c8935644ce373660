/** A relay with its stores, which outlive it: what a server machine is to its clients. */
import { type CompactionResult, CompactionSchedule, compact } from '@codeconnected/core/room/compaction.ts';
import { Documents } from '@codeconnected/core/room/documents.ts';
import type { Grouping } from '@codeconnected/core/room/frames.ts';
import type { History } from '@codeconnected/core/room/history.ts';
import type { LanguageId, PersonId, RoomId } from '@codeconnected/core/room/ids.ts';
import { memoryCodeSessions } from '@codeconnected/core/room/memory/code-sessions.ts';
import { memoryConnections } from '@codeconnected/core/room/memory/connections.ts';
import { type HandClock, settled } from '@codeconnected/core/room/memory/hand-clock.ts';
import { memoryHistory } from '@codeconnected/core/room/memory/history.ts';
import { memorySnapshotStore } from '@codeconnected/core/room/memory/snapshot-store.ts';
import { memoryUpdateLog } from '@codeconnected/core/room/memory/update-log.ts';
import { memoryWorkbench } from '@codeconnected/core/room/memory/workbench.ts';
import { Relay, type RelayOptions } from '@codeconnected/core/room/relay.ts';
import type { SnapshotStore } from '@codeconnected/core/room/snapshot-store.ts';
import { noTerminal } from '@codeconnected/core/room/terminal-frames.ts';
import type { UpdateLog } from '@codeconnected/core/room/update-log.ts';
import type { CodeSessions } from '@codeconnected/core/session/code-sessions.ts';
import type { Network } from './network.ts';

export const ROOM = 'AAAAAAAAAAAAAAAAAAAAAA' as RoomId;
export const GROUPING: Grouping = {
  editMilliseconds: 20,
  eager: false,
  cursorMilliseconds: 60,
  vectorMilliseconds: 30_000,
  pingMilliseconds: 20_000,
};

export interface HouseOptions {
  readonly clock: HandClock;
  readonly network: Network;
  /** Real stores, where memory will not do. */
  readonly stores?: Stores;
  readonly sessions?: CodeSessions;
  /** The stores as a relay sees them: a test may delay them or make them fail. */
  readonly wrap?: (stores: Stores) => Stores;
  readonly relay?: Partial<RelayOptions>;
  /** Whether documents are kept live, as on one machine. */
  readonly onlyWriter?: boolean;
  /** Bytes that a document may have. */
  readonly documentBytes?: number;
  /** Compacts by the policy; without it a test does. */
  readonly scheduled?: boolean;
}

export interface Stores {
  readonly log: UpdateLog;
  readonly snapshots: SnapshotStore;
  readonly history: History;
}

export class House {
  readonly stores: Stores;
  readonly sessions: CodeSessions;
  readonly problems: unknown[] = [];
  relay!: Relay;
  documents!: Documents;
  readonly #options: HouseOptions;
  #schedule: CompactionSchedule | undefined;
  /** What the relay has been asked and not finished. */
  readonly #busy = new Set<Promise<void>>();

  constructor(options: HouseOptions) {
    this.#options = options;
    this.stores = options.stores ?? {
      log: memoryUpdateLog(),
      snapshots: memorySnapshotStore(),
      history: memoryHistory(),
    };
    this.sessions = options.sessions ?? memoryCodeSessions();
  }

  /** Opens the room and starts to serve. */
  async start(epoch = 'first'): Promise<void> {
    await this.sessions.create({
      id: ROOM,
      epoch,
      creator: 'ada' as PersonId,
      origin: 'here',
      language: 'python' as LanguageId,
      createdAt: 0,
      lastUsedAt: 0,
      terminalEpoch: 0,
    });
    this.restart();
  }

  /** All that was only in memory is gone. */
  restart(): void {
    const {
      clock,
      network,
      wrap,
      relay: overrides,
      onlyWriter = true,
      scheduled = false,
      documentBytes,
    } = this.#options;
    const { log, snapshots, history } = wrap?.(this.stores) ?? this.stores;
    const report = (problem: unknown) => this.problems.push(problem);
    this.documents = new Documents({
      workbench: memoryWorkbench(),
      log,
      snapshots,
      clock,
      onlyWriter,
      documentBytes,
      report: (_, keys) => report(keys),
    });
    void this.#schedule?.close();
    this.#schedule = scheduled
      ? new CompactionSchedule({
          log,
          clock,
          compact: (room) => this.compact(room),
          report: (_, problem) => report(problem),
        })
      : undefined;
    const relay = new Relay({
      log,
      history,
      clock,
      connections: memoryConnections(),
      publisher: network.publisher,
      sessions: this.sessions,
      documents: this.documents,
      compaction: this.#schedule ?? { opened: () => undefined, appended: () => undefined },
      terminal: noTerminal,
      grouping: GROUPING,
      roomMilliseconds: 1_000_000,
      roleOf: () => 'editor',
      report,
      ...overrides,
    });
    this.relay = relay;
    network.serve({
      open: (id, person) => relay.open({ id, room: ROOM, person }),
      receive: (id, text) => this.#track(relay.receive(id, text)),
      closed: (id) => this.#track(relay.closed(id)),
    });
  }

  /** Resolves when the relay has finished all that it was asked; for stores that take real time. */
  async idle(): Promise<void> {
    do {
      await settled();
      await Promise.all(this.#busy);
    } while (this.#busy.size > 0);
  }

  #track(work: Promise<void>): void {
    this.#busy.add(work);
    void work.finally(() => this.#busy.delete(work));
  }

  compact(room: RoomId = ROOM): Promise<CompactionResult> {
    return compact(room, { ...(this.#options.wrap?.(this.stores) ?? this.stores), workbench: memoryWorkbench() });
  }

  /** What lies in the stores, as one update. */
  async stored() {
    const documents = new Documents({
      workbench: memoryWorkbench(),
      log: this.stores.log,
      snapshots: this.stores.snapshots,
      clock: this.#options.clock,
      onlyWriter: false,
      report: (_, keys) => this.problems.push(keys),
    });
    return documents.read(ROOM);
  }
}
