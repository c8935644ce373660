/** What the web process asks of the store's worker, and what it answers. */
import type { ErrorCode } from '@codeconnected/core/error/visible.ts';
import type { HistorySegment, RoomEvent } from '@codeconnected/core/room/history.ts';
import type { RoomId } from '@codeconnected/core/room/ids.ts';
import type { DocumentSnapshot, SnapshotWrite } from '@codeconnected/core/room/snapshot-store.ts';
import type { LoggedUpdate, LogWeight } from '@codeconnected/core/room/update-log.ts';
import type { CodeSession } from '@codeconnected/core/session/code-sessions.ts';
import type { EventPage } from './file-history.ts';
import type { LogPage } from './sqlite-log.ts';

/** Each operation with its arguments and its value. */
export interface Operations {
  logAppend(room: RoomId, entry: LoggedUpdate): 'appended' | 'duplicate';
  logPage(room: RoomId, after: number): LogPage;
  logRemove(room: RoomId, keys: readonly string[]): void;
  logWeight(room: RoomId): LogWeight;
  snapshotRead(room: RoomId): DocumentSnapshot | undefined;
  snapshotWrite(room: RoomId, next: Omit<DocumentSnapshot, 'version'>, expected: string | undefined): SnapshotWrite;
  snapshotRemove(room: RoomId): void;
  historyArchive(room: RoomId, segment: HistorySegment): void;
  historyNames(room: RoomId): readonly string[];
  historySegment(room: RoomId, name: string): HistorySegment | undefined;
  historyRecord(room: RoomId, event: RoomEvent): void;
  historyEvents(room: RoomId, after: number): EventPage;
  historyRemove(room: RoomId): void;
  sessionCreate(session: CodeSession): 'created' | 'exists';
  sessionRead(id: RoomId): CodeSession | undefined;
  sessionTouch(id: RoomId, at: number): void;
  sessionRaise(id: RoomId): number;
  sessionCount(origin: string, since: number): number;
  sessionUnused(before: number, most: number): readonly RoomId[];
  sessionRemove(id: RoomId): void;
  removeRoom(room: RoomId, unusedSince?: number): boolean;
  close(): void;
}

export type Operation = keyof Operations;

/** The same operations, answered later. */
export type Handlers = {
  [O in Operation]: (
    ...args: Parameters<Operations[O]>
  ) => ReturnType<Operations[O]> | Promise<ReturnType<Operations[O]>>;
};

export interface Request {
  readonly id: number;
  readonly operation: Operation;
  readonly args: readonly unknown[];
}

export type Answer =
  /** The store is open; first of all. */
  | { readonly kind: 'open' }
  | { readonly kind: 'value'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly message: string; readonly code?: ErrorCode }
  /** The store could not be opened; nothing follows. */
  | { readonly kind: 'refused'; readonly message: string };

/** What the store may take of the disk. */
export interface StoreBounds {
  /** Bytes of files with merged edits that one room may have; the oldest go first. No bound where it is absent. */
  readonly historyBytes?: number;
  /** Bytes of the disk that are left free: where there are less, nothing is appended. None where it is absent. */
  readonly freeBytes?: number;
}

/** What the worker is started with. */
export interface WorkerData extends StoreBounds {
  readonly dataDir: string;
}
