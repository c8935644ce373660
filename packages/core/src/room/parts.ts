/**
 * Frames that are larger than one message: cut into `part`s, and put together again within bounds (rule W1).
 * Shared by page and server.
 */
import type { Clock } from '../clock.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { CLIENT_FRAME_BYTES, PART_CHARACTERS } from './limits.ts';

/** One piece of a larger frame, as it lies on the wire. */
export interface Part {
  readonly t: 'part';
  readonly id: string;
  readonly i: number;
  readonly of: number;
  readonly d: string;
}

/** What an assembler takes before it refuses. */
export interface AssemblyBounds {
  /** Pieces of one frame. */
  readonly parts: number;
  /** Characters of base64 waiting in all unfinished frames together. */
  readonly characters: number;
  /** Unfinished frames at once; the oldest is dropped for a further one. */
  readonly concurrent: number;
  /** Milliseconds after its latest new piece until an unfinished frame is dropped: the rest was lost. */
  readonly milliseconds: number;
  /** Milliseconds after its first piece until it is dropped in any case; none where it is absent. */
  readonly lifetime?: number;
}

/** Bytes that a piece takes beside its text, so that empty ones are not free. */
const PIECE_BYTES = 128;

/** Who holds a part of a budget. */
export interface PartHolder {
  /** Bytes that it holds. */
  readonly held: number;
  /** Gives back its oldest frame. */
  yield(): void;
}

/** What many assemblers may hold together. Where it is used up, whoever holds most makes room for who holds less. */
export class PartBudget {
  #left: number;
  readonly #holders = new Set<PartHolder>();

  /** @param bytes of pieces that wait for others */
  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Bytes that nobody holds. */
  get left(): number {
    return this.#left;
  }

  /** Sets some aside for one, if there is enough, or somebody holds more than this one would. */
  take(holder: PartHolder, bytes: number): boolean {
    while (bytes > this.#left) {
      let most: PartHolder | undefined;
      for (const each of this.#holders) if (each !== holder && each.held > (most?.held ?? 0)) most = each;
      if (!most || most.held <= holder.held + bytes) return false;
      most.yield();
    }
    this.#left -= bytes;
    this.#holders.add(holder);
    return true;
  }

  /** Takes back what a holder held; it says what is left to it. */
  give(holder: PartHolder, bytes: number): void {
    this.#left += bytes;
    if (holder.held === 0) this.#holders.delete(holder);
  }
}

/** Bytes of a text in UTF-8, counted without encoding where it is short enough to be sure. */
export function utf8Fits(text: string, bytes: number): boolean {
  if (text.length > bytes) return false;
  if (text.length * 3 <= bytes) return true;
  return new TextEncoder().encode(text).length <= bytes;
}

/**
 * A frame's text as the messages that carry it: itself, or its parts.
 * @param id names the frame among those of this connection
 */
export function cut(text: string, id: () => string, most: number = CLIENT_FRAME_BYTES): string[] {
  if (utf8Fits(text, most)) return [text];
  const encoded = toBase64(new TextEncoder().encode(text));
  const of = Math.ceil(encoded.length / PART_CHARACTERS);
  const name = id();
  const parts: string[] = [];
  for (let i = 0; i < of; i++) {
    const d = encoded.slice(i * PART_CHARACTERS, (i + 1) * PART_CHARACTERS);
    parts.push(JSON.stringify({ t: 'part', id: name, i, of, d } satisfies Part));
  }
  return parts;
}

export type AssemblyResult =
  | { readonly kind: 'waiting' }
  /** The whole frame's text. */
  | { readonly kind: 'whole'; readonly text: string }
  | { readonly kind: 'refused'; readonly reason: 'frame-malformed' | 'frame-too-large' | 'too-fast' };

interface Assembly {
  readonly of: number;
  readonly pieces: Map<number, string>;
  characters: number;
  /** Taken from the budget. */
  bytes: number;
  readonly begunAt: number;
  /** When its latest new piece came. */
  touchedAt: number;
}

/** Puts parts together; they may come late, twice and in any order (rule W2). */
export class Assembler implements PartHolder {
  readonly #bounds: AssemblyBounds;
  readonly #clock: Clock;
  readonly #budget: PartBudget | undefined;
  readonly #open = new Map<string, Assembly>();
  #characters = 0;
  #held = 0;

  /** @param budget shared with other assemblers: what does not fit is too fast */
  constructor(bounds: AssemblyBounds, clock: Clock, budget?: PartBudget) {
    this.#bounds = bounds;
    this.#clock = clock;
    this.#budget = budget;
  }

  /** Bytes taken from the budget. */
  get held(): number {
    return this.#held;
  }

  /** Forgets the frame that was begun first. */
  yield(): void {
    const [oldest] = this.#open.keys();
    if (oldest !== undefined) this.#drop(oldest);
  }

  /** Whether no piece waits. */
  get empty(): boolean {
    return this.#open.size === 0;
  }

  /** Forgets every piece that waits. */
  clear(): void {
    for (const id of this.#open.keys()) this.#drop(id);
  }

  /** Takes one piece. A frame that breaks a bound is forgotten, the others go on. */
  take(part: Part): AssemblyResult {
    this.expire();
    if (part.of > this.#bounds.parts) return { kind: 'refused', reason: 'frame-too-large' };
    if (part.i >= part.of) return { kind: 'refused', reason: 'frame-malformed' };
    const now = this.#clock.monotonic();
    let assembly = this.#open.get(part.id);
    if (!assembly) {
      if (this.#open.size >= this.#bounds.concurrent) this.yield();
      assembly = { of: part.of, pieces: new Map(), characters: 0, bytes: 0, begunAt: now, touchedAt: now };
      this.#open.set(part.id, assembly);
    }
    if (assembly.of !== part.of) {
      this.#drop(part.id);
      return { kind: 'refused', reason: 'frame-malformed' };
    }
    if (!assembly.pieces.has(part.i)) {
      if (this.#characters + part.d.length > this.#bounds.characters) {
        this.#drop(part.id);
        return { kind: 'refused', reason: 'frame-too-large' };
      }
      const bytes = part.d.length + PIECE_BYTES;
      if (this.#budget && !this.#budget.take(this, bytes)) {
        this.#drop(part.id);
        return { kind: 'refused', reason: 'too-fast' };
      }
      assembly.bytes += bytes;
      this.#held += bytes;
      assembly.touchedAt = now;
      assembly.pieces.set(part.i, part.d);
      assembly.characters += part.d.length;
      this.#characters += part.d.length;
    }
    if (assembly.pieces.size < assembly.of) return { kind: 'waiting' };
    this.#drop(part.id);
    let encoded = '';
    for (let i = 0; i < assembly.of; i++) encoded += assembly.pieces.get(i);
    try {
      return { kind: 'whole', text: new TextDecoder('utf-8', { fatal: true }).decode(fromBase64(encoded)) };
    } catch {
      return { kind: 'refused', reason: 'frame-malformed' };
    }
  }

  #drop(id: string): void {
    const assembly = this.#open.get(id);
    if (!assembly) return;
    this.#open.delete(id);
    this.#characters -= assembly.characters;
    this.#held -= assembly.bytes;
    this.#budget?.give(this, assembly.bytes);
  }

  /** Forgets frames whose rest was lost. */
  expire(): void {
    const now = this.#clock.monotonic();
    const { milliseconds, lifetime = Number.POSITIVE_INFINITY } = this.#bounds;
    for (const [id, { begunAt, touchedAt }] of this.#open) {
      if (now - touchedAt >= milliseconds || now - begunAt >= lifetime) this.#drop(id);
    }
  }
}
