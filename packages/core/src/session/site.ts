/**
 * What the pages ask of the place they run in. Standalone hands it to the web handler with each request as
 * `event.platform.req.site`; another place brings its own.
 */
import type { VisibleError } from '../error/visible.ts';
import type { CatalogueEntry } from '../language/catalogue.ts';
import type { DocumentText } from '../room/document.ts';
import type { LanguageId, PersonId, RoomId } from '../room/ids.ts';

export interface Health {
  readonly ready: boolean;
  /** Why it is not, one sentence each; empty when it is. */
  readonly reasons: readonly string[];
  /** Warm sandboxes by language id. */
  readonly warm: Readonly<Record<string, number>>;
}

/** Who asks. */
export interface Visitor {
  readonly person: PersonId;
  /** Network address, for the limit on rooms; never kept as such. */
  readonly address: string;
}

/** What a room's page shows before any script has run. */
export interface RoomPreview {
  readonly text: DocumentText;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  /** When it goes if nobody uses it, milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface Site {
  languages(): Promise<readonly CatalogueEntry[]>;
  createRoom(
    language: LanguageId,
    visitor: Visitor,
  ): Promise<
    { readonly kind: 'created'; readonly room: RoomId } | { readonly kind: 'refused'; readonly error: VisibleError }
  >;
  preview(room: RoomId): Promise<RoomPreview | undefined>;
  health(): Promise<Health>;
  /** Plain runc was allowed. */
  readonly unsandboxed: boolean;
  /** Days after which an unused room goes. */
  readonly roomDays: number;
  readonly guests: Guests;
}

/** Signed ids of people without an account. */
export interface Guests {
  /**
   * Name of the cookie, which is HttpOnly and SameSite=Lax. Each installation has its own: browsers send one host's
   * cookies to every port of it, and two on one host would take the place of each other's.
   */
  readonly cookieName: string;
  /** Draws a new guest; `cookie` is the signed value. */
  issue(): Promise<{ readonly person: PersonId; readonly cookie: string }>;
  /** @returns undefined for anything that this place did not sign */
  verify(cookie: string): Promise<PersonId | undefined>;
}

/** How long a browser keeps it: 400 days, the longest browsers allow. */
export const GUEST_COOKIE_SECONDS = 400 * 24 * 60 * 60;
