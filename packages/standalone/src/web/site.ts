/** What the pages ask of this machine. */
import type { KeyedHash } from '@codeconnected/core/account/keyed-hash.ts';
import type { Clock } from '@codeconnected/core/clock.ts';
import { CodedError, visibleError } from '@codeconnected/core/error/visible.ts';
import { type Seed, switchLanguage } from '@codeconnected/core/room/document.ts';
import type { Documents } from '@codeconnected/core/room/documents.ts';
import { drawAccessId, isRoomId, type LanguageId, type PersonId, type RoomId } from '@codeconnected/core/room/ids.ts';
import type { UpdateLog } from '@codeconnected/core/room/update-log.ts';
import type { CodeSessions } from '@codeconnected/core/session/code-sessions.ts';
import type { Guests, Health, RoomPreview, Site, Visitor } from '@codeconnected/core/session/site.ts';
import * as Y from 'yjs';
import { addressGroup } from './address.ts';
import type { Catalogue } from './catalogue.ts';

const HOUR_MILLISECONDS = 60 * 60_000;
const DAY_MILLISECONDS = 24 * HOUR_MILLISECONDS;

export interface SiteOptions {
  readonly log: UpdateLog;
  readonly sessions: CodeSessions;
  readonly documents: Pick<Documents, 'text'>;
  readonly catalogue: Pick<Catalogue, 'languages'>;
  readonly guests: Guests;
  readonly hash: KeyedHash;
  readonly clock: Clock;
  readonly health: () => Promise<Health>;
  readonly unsandboxed: () => boolean;
  readonly roomDays: number;
  readonly roomsPerHour: number;
}

export class StandaloneSite implements Site {
  readonly #options: SiteOptions;
  /** Rooms being opened from each origin: two at once must not both be the last that is allowed. */
  readonly #opening = new Map<string, Promise<unknown>>();

  constructor(options: SiteOptions) {
    this.#options = options;
  }

  get unsandboxed(): boolean {
    return this.#options.unsandboxed();
  }

  get roomDays(): number {
    return this.#options.roomDays;
  }

  get guests(): Guests {
    return this.#options.guests;
  }

  languages(): ReturnType<Site['languages']> {
    return this.#options.catalogue.languages();
  }

  health(): Promise<Health> {
    return this.#options.health();
  }

  async createRoom(language: LanguageId, visitor: Visitor): ReturnType<Site['createRoom']> {
    const seed = (await this.languages()).find(({ id }) => id === language);
    if (!seed) return { kind: 'refused', error: visibleError('language-unknown') };
    const origin = await this.#options.hash.of('address', addressGroup(visitor.address));
    return this.#oneAtATime(origin, async () => {
      const { sessions, clock, roomsPerHour } = this.#options;
      const lately = await sessions.countCreated(origin, clock.now() - HOUR_MILLISECONDS);
      if (lately >= roomsPerHour) return { kind: 'refused', error: visibleError('too-many-rooms') } as const;
      try {
        return { kind: 'created', room: await this.#create(seed, visitor.person, origin) } as const;
      } catch (problem) {
        if (!(problem instanceof CodedError)) throw problem;
        return { kind: 'refused', error: visibleError(problem.code) } as const;
      }
    });
  }

  async preview(room: RoomId): Promise<RoomPreview | undefined> {
    if (!isRoomId(room)) return undefined;
    const session = await this.#options.sessions.read(room);
    if (!session) return undefined;
    const { createdAt, lastUsedAt, language } = session;
    const text = (await this.#options.documents.text(room)) ?? { title: '', language, entry: undefined, files: [] };
    return { text, createdAt, lastUsedAt, expiresAt: lastUsedAt + this.#options.roomDays * DAY_MILLISECONDS };
  }

  /** The document first: what has a record must have its text. */
  async #create(seed: Seed, creator: PersonId, origin: string): Promise<RoomId> {
    const { log, sessions, clock } = this.#options;
    const room = drawAccessId() as RoomId;
    const now = clock.now();
    await log.append(room, { key: `${creator}/seed#1`, update: firstUpdate(seed), author: creator, at: now });
    await sessions.create({
      id: room,
      epoch: drawAccessId(),
      creator,
      origin,
      language: seed.id,
      createdAt: now,
      lastUsedAt: now,
      terminalEpoch: 0,
    });
    return room;
  }

  async #oneAtATime<T>(origin: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.#opening.get(origin) ?? Promise.resolve()).then(work, work);
    this.#opening.set(origin, mine);
    try {
      return await mine;
    } finally {
      if (this.#opening.get(origin) === mine) this.#opening.delete(origin);
    }
  }
}

/** A new room's document: the language's sample, and that it is the language. */
function firstUpdate(seed: Seed): Uint8Array {
  const doc = new Y.Doc();
  switchLanguage(doc, seed);
  const update = Y.encodeStateAsUpdate(doc);
  doc.destroy();
  return update;
}
