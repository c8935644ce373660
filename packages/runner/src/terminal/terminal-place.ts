/** What a room's terminal needs of the runner around it. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { CatalogueEntry } from '@codeconnected/core/language/catalogue.ts';
import type { LanguageId, RoomId } from '@codeconnected/core/room/ids.ts';
import type { Sandboxes } from '@codeconnected/core/sandbox/sandbox.ts';
import type { IdleLimits } from '@codeconnected/core/terminal/idle.ts';
import type { KnownLimits } from '@codeconnected/core/terminal/notes.ts';
import type { Poster } from './display.ts';

export interface TerminalPlace {
  readonly sandboxes: Sandboxes;
  readonly poster: Poster;
  readonly clock: Clock;
  readonly idle: IdleLimits;
  readonly unsandboxed: boolean;
  languages(): readonly CatalogueEntry[];
  /** What a language's sandboxes may take, for the notes. */
  limits(language: LanguageId): KnownLimits;
  log(room: RoomId, what: string, error: unknown): void;
}

/** The same, for one among all rooms. */
export interface RoomPlace extends TerminalPlace {
  /**
   * Has an idle room's sandbox give way; false where none may.
   * @param asked a person wants to use the place, and does not merely look at the room
   */
  makeRoom(asked: boolean): Promise<boolean>;
}
