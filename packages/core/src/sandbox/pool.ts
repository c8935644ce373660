/**
 * The warm pool's decisions, without Docker: which sandbox to start, take, or give up for another.
 *
 * A place goes warming → ready → claimed and then leaves; it never goes back (rules S1, S4).
 */
import type { LanguageId } from '../room/ids.ts';

/** Milliseconds before the next try after a start failed; doubled for each further failure. */
const BACKOFF_FIRST_MILLISECONDS = 1_000;
/** The longest of them: a machine that recovers is found within a minute. */
const BACKOFF_MOST_MILLISECONDS = 60_000;

export interface PoolLimits {
  /** Sandboxes at once, in whatever state. */
  readonly sandboxesMost: number;
  /** MiB that all may take: a claimed one counts with its limit, a waiting one with `warmMiB`. */
  readonly memoryMiB: number;
  /** MiB that a paused, unclaimed sandbox takes. */
  readonly warmMiB: number;
  /** Starts at once that nobody waits for. */
  readonly startsMost: number;
}

export interface PoolLanguage {
  /** How many to keep ready. */
  readonly warm: number;
  readonly memoryMiB: number;
}

export interface Place {
  readonly id: number;
  readonly language: LanguageId;
  readonly stage: 'warming' | 'ready' | 'claimed';
}

export type ClaimDecision =
  /** This one is ready and yours: unpause it, and give up `evict` to make room. */
  | { readonly kind: 'take'; readonly place: Place; readonly evict: readonly Place[] }
  /** Wait for this one; `start` it first where it is new; give up `evict` to make room. */
  | { readonly kind: 'wait'; readonly place: Place; readonly start: boolean; readonly evict: readonly Place[] }
  | { readonly kind: 'refused'; readonly reason: 'unknown-language' | 'no-capacity' | 'backing-off' };

interface MutablePlace {
  id: number;
  language: LanguageId;
  stage: 'warming' | 'ready' | 'claimed';
  reserved: boolean;
}

interface Failures {
  count: number;
  until: number;
}

export class Pool {
  readonly #limits: PoolLimits;
  readonly #monotonic: () => number;
  readonly #languages = new Map<LanguageId, PoolLanguage>();
  readonly #places = new Map<number, MutablePlace>();
  readonly #failures = new Map<LanguageId, Failures>();
  #next = 1;

  /** @param monotonic milliseconds that only go forward */
  constructor(limits: PoolLimits, monotonic: () => number) {
    this.#limits = limits;
    this.#monotonic = monotonic;
  }

  /** Adds a language, or changes what it asks for. */
  offer(language: LanguageId, wanted: PoolLanguage): void {
    this.#languages.set(language, wanted);
  }

  /** Sandboxes that are ready and unclaimed. */
  ready(language: LanguageId): number {
    return this.#count((place) => place.language === language && place.stage === 'ready');
  }

  get claimed(): number {
    return this.#count((place) => place.stage === 'claimed');
  }

  get size(): number {
    return this.#places.size;
  }

  /** Whether a claim of this language could be met now or after a start. */
  canClaim(language: LanguageId): boolean {
    const wanted = this.#languages.get(language);
    if (!wanted) return false;
    const there = this.#find(language, 'ready') ?? this.#find(language, 'warming');
    if (!there && this.#backsOff(language)) return false;
    const memoryMiB = this.#cost(language, 'claimed') - (there ? this.#limits.warmMiB : 0);
    return this.#spareFor(memoryMiB, there ? 0 : 1, there) !== undefined;
  }

  /** The places to start now, to reach what each language wants; they are warming from here on. */
  refill(): Place[] {
    const started: Place[] = [];
    for (;;) {
      const warming = this.#count((place) => place.stage === 'warming' && !place.reserved);
      if (warming >= this.#limits.startsMost) return started;
      const language = this.#neediest();
      if (language === undefined) return started;
      started.push(this.#add(language, false));
    }
  }

  /** Milliseconds until the next backoff ends, if there is one. */
  get retryAfter(): number | undefined {
    const now = this.#monotonic();
    const waits = [...this.#failures.values()].map(({ until }) => until - now).filter((wait) => wait > 0);
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }

  claim(language: LanguageId): ClaimDecision {
    if (!this.#languages.has(language)) return { kind: 'refused', reason: 'unknown-language' };
    const ready = this.#find(language, 'ready');
    if (ready) {
      const evict = this.#makeRoom(this.#cost(language, 'claimed') - this.#limits.warmMiB, 0, ready);
      if (!evict) return { kind: 'refused', reason: 'no-capacity' };
      ready.stage = 'claimed';
      return { kind: 'take', place: ready, evict };
    }
    const warming = this.#find(language, 'warming');
    if (!warming && this.#backsOff(language)) return { kind: 'refused', reason: 'backing-off' };
    const evict = warming
      ? this.#makeRoom(this.#cost(language, 'claimed') - this.#limits.warmMiB, 0, warming)
      : this.#roomFor(language);
    if (!evict) return { kind: 'refused', reason: 'no-capacity' };
    if (warming) warming.reserved = true;
    return { kind: 'wait', place: warming ?? this.#add(language, true), start: warming === undefined, evict };
  }

  /** A place became ready. @returns whether somebody waits for it */
  becameReady(id: number): boolean {
    const place = this.#places.get(id);
    if (place?.stage !== 'warming') return false;
    place.stage = 'ready';
    this.#failures.delete(place.language);
    return place.reserved;
  }

  /** The one who waited takes it. */
  take(id: number): void {
    const place = this.#places.get(id);
    if (place?.stage === 'ready') place.stage = 'claimed';
  }

  /** A place is gone. `failed`: it never became ready, so the next start waits. */
  ended(id: number, failed = false): void {
    const place = this.#places.get(id);
    if (!place) return;
    this.#places.delete(id);
    if (!failed) return;
    const count = (this.#failures.get(place.language)?.count ?? 0) + 1;
    const wait = Math.min(BACKOFF_MOST_MILLISECONDS, BACKOFF_FIRST_MILLISECONDS * 2 ** (count - 1));
    this.#failures.set(place.language, { count, until: this.#monotonic() + wait });
  }

  #count(test: (place: MutablePlace) => boolean): number {
    let count = 0;
    for (const place of this.#places.values()) if (test(place)) count++;
    return count;
  }

  #find(language: LanguageId, stage: 'warming' | 'ready'): MutablePlace | undefined {
    for (const place of this.#places.values()) {
      if (place.language === language && place.stage === stage && !place.reserved) return place;
    }
    return undefined;
  }

  #add(language: LanguageId, reserved: boolean): MutablePlace {
    const place: MutablePlace = { id: this.#next++, language, stage: 'warming', reserved };
    this.#places.set(place.id, place);
    return place;
  }

  #cost(language: LanguageId, stage: 'warm' | 'claimed'): number {
    return stage === 'warm' ? this.#limits.warmMiB : (this.#languages.get(language)?.memoryMiB ?? 0);
  }

  #memory(): number {
    let sum = 0;
    for (const place of this.#places.values()) {
      sum += this.#cost(place.language, place.stage === 'claimed' || place.reserved ? 'claimed' : 'warm');
    }
    return sum;
  }

  #missing(language: LanguageId): number {
    const wanted = this.#languages.get(language)?.warm ?? 0;
    return wanted - this.#count((place) => place.language === language && place.stage !== 'claimed' && !place.reserved);
  }

  /** The language that lacks most, if there is room to warm one. */
  #neediest(): LanguageId | undefined {
    if (this.#places.size >= this.#limits.sandboxesMost) return undefined;
    if (this.#memory() + this.#limits.warmMiB > this.#limits.memoryMiB) return undefined;
    let best: LanguageId | undefined;
    let most = 0;
    for (const language of this.#languages.keys()) {
      const missing = this.#missing(language);
      if (missing > most && !this.#backsOff(language)) {
        best = language;
        most = missing;
      }
    }
    return best;
  }

  #roomFor(language: LanguageId): Place[] | undefined {
    return this.#makeRoom(this.#cost(language, 'claimed'), 1);
  }

  #backsOff(language: LanguageId): boolean {
    return (this.#failures.get(language)?.until ?? 0) > this.#monotonic();
  }

  /** Ready ones to give up so that so much fits; undefined where it cannot. Those are gone from here on. */
  #makeRoom(memoryMiB: number, places: number, keep?: MutablePlace): Place[] | undefined {
    const evict = this.#spareFor(memoryMiB, places, keep);
    for (const place of evict ?? []) this.#places.delete(place.id);
    return evict;
  }

  #spareFor(memoryMiB: number, places: number, keep?: MutablePlace): MutablePlace[] | undefined {
    const spare = [...this.#places.values()].filter(
      (place) => place !== keep && place.stage === 'ready' && !place.reserved,
    );
    const evict: MutablePlace[] = [];
    const fits = () =>
      this.#places.size - evict.length + places <= this.#limits.sandboxesMost &&
      this.#memory() - evict.length * this.#limits.warmMiB + memoryMiB <= this.#limits.memoryMiB;
    while (!fits()) {
      const next = spare.shift();
      if (!next) return undefined;
      evict.push(next);
    }
    return evict;
  }
}
