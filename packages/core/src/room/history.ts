/**
 * Port: what compaction merged, kept readable with author and time (rule D3), and what else happened in the room.
 *
 * Its contract suite is `history.contract.ts`.
 */
import type { LanguageId, PersonId, RoomId } from './ids.ts';
import type { LoggedUpdate } from './update-log.ts';

/** Entries that one compaction merged. Two segments may share entries after a crash: readers go by key. */
export interface HistorySegment {
  /** Depends on the entries' keys alone, so that a repeated archive is the same segment. */
  readonly id: string;
  readonly entries: readonly LoggedUpdate[];
}

/** What happened beside edits, on the room's own clock (milliseconds since 1970, the server's). */
export type RoomEvent = { readonly at: number; readonly person: PersonId } & (
  | { readonly kind: 'joined'; readonly name: string }
  | { readonly kind: 'left' }
  | { readonly kind: 'language'; readonly language: LanguageId }
  /** `version` is the state vector of the text that ran. */
  | { readonly kind: 'run'; readonly run: string; readonly language: LanguageId; readonly version: Uint8Array }
);

export interface History {
  /** Durable when it resolves; repeating it changes nothing. */
  archive(room: RoomId, segment: HistorySegment): Promise<void>;
  segments(room: RoomId): AsyncIterable<HistorySegment>;
  record(room: RoomId, event: RoomEvent): Promise<void>;
  events(room: RoomId): AsyncIterable<readonly RoomEvent[]>;
  remove(room: RoomId): Promise<void>;
}
