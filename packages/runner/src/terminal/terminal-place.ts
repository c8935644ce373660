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
