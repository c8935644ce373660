/**
 * What a connection sends, made into checked frames: bounded in size and rate, put together from parts, parsed,
 * matched against the schema. One door for each connection; what it refuses concerns that connection alone.
 */
import type { Clock } from '../clock.ts';
import type { ErrorCode } from '../error/visible.ts';
import { type ClientFrame, clientFrameSchema } from './frames.ts';
import { CLIENT_FRAME_BYTES, JOIN_PARTS, PART_CHARACTERS, PARTS_MOST, PROTOCOL_VERSION } from './limits.ts';
import { Assembler, type AssemblyBounds, type PartBudget, utf8Fits } from './parts.ts';
import { TokenBucket } from './token-bucket.ts';

/** Messages a second over a longer time: typing makes some twenty, a long paste into the terminal a hundred. */
const MESSAGES_PER_SECOND = 300;
/** Messages at once: a page that comes back from offline with much to say. */
const MESSAGES_BURST = 1_500;
/** Bytes a second over a longer time. */
const BYTES_PER_SECOND = 1024 * 1024;
/** Bytes at once: two of the largest edits, in parts. */
const BYTES_BURST = 8 * 1024 * 1024;
/** Milliseconds between two words to a page that it is too fast. */
const TOO_FAST_MILLISECONDS = 500;
/** Unfinished frames of parts. */
const ASSEMBLIES = 4;
/** Milliseconds without a new piece after which an unfinished frame is forgotten. */
const ASSEMBLY_MILLISECONDS = 30_000;
/** Milliseconds after which it is forgotten in any case: the largest edit over a network of 20 KB/s. */
const ASSEMBLY_LIFETIME_MILLISECONDS = 150_000;

const JOINING: AssemblyBounds = {
  parts: JOIN_PARTS,
  characters: JOIN_PARTS * PART_CHARACTERS,
  concurrent: 1,
  milliseconds: ASSEMBLY_MILLISECONDS,
  lifetime: ASSEMBLY_LIFETIME_MILLISECONDS,
};
const JOINED: AssemblyBounds = {
  parts: PARTS_MOST,
  characters: 2 * PARTS_MOST * PART_CHARACTERS,
  concurrent: ASSEMBLIES,
  milliseconds: ASSEMBLY_MILLISECONDS,
  lifetime: ASSEMBLY_LIFETIME_MILLISECONDS,
};

export type Passage =
  | { readonly kind: 'frame'; readonly frame: ClientFrame }
  /** Nothing yet, or nothing worth an answer. */
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly about?: string;
      readonly c?: string;
      readonly n?: number;
      /** Another version: the connection is of no use. */
      readonly final?: boolean;
      /** The connection ends, and the page may dial again. */
      readonly closes?: boolean;
    };

const NOTHING: Passage = { kind: 'nothing' };

/** What can be said of a frame that did not pass. */
function traits(value: unknown): { about?: string; c?: string; n?: number } {
  if (typeof value !== 'object' || value === null) return {};
  const { t, c, n } = value as Record<string, unknown>;
  return {
    ...(typeof t === 'string' && t.length <= 20 ? { about: t } : {}),
    ...(typeof c === 'string' && c.length <= 64 ? { c } : {}),
    ...(typeof n === 'number' && Number.isSafeInteger(n) ? { n } : {}),
  };
}

export class Door {
  readonly #clock: Clock;
  readonly #messages: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #budget: PartBudget | undefined;
  #assembler: Assembler;
  #joined = false;
  #cancelSweep: (() => void) | undefined;
  #toldTooFast = Number.NEGATIVE_INFINITY;

  /** @param budget of parts, shared by all doors */
  constructor(clock: Clock, budget?: PartBudget) {
    this.#clock = clock;
    this.#messages = new TokenBucket(MESSAGES_PER_SECOND, MESSAGES_BURST, clock);
    this.#bytes = new TokenBucket(BYTES_PER_SECOND, BYTES_BURST, clock);
    this.#budget = budget;
    this.#assembler = new Assembler(JOINING, clock, budget);
  }

  /** Whether its connection joined. */
  get hasJoined(): boolean {
    return this.#joined;
  }

  /** The connection's `join` was accepted: now it may send whatever there is. */
  joined(): void {
    if (this.#joined) return;
    this.#joined = true;
    this.close();
    this.#assembler = new Assembler(JOINED, this.#clock, this.#budget);
  }

  /** The connection ended. */
  close(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    this.#assembler.clear();
  }

  /** Takes one message; never throws. */
  pass(text: string): Passage {
    if (!utf8Fits(text, CLIENT_FRAME_BYTES)) return { kind: 'refused', code: 'frame-too-large' };
    if (!this.#messages.take(1) || !this.#bytes.take(text.length)) {
      const now = this.#clock.monotonic();
      if (now - this.#toldTooFast < TOO_FAST_MILLISECONDS) return NOTHING;
      this.#toldTooFast = now;
      return { kind: 'refused', code: 'too-fast' };
    }
    const passage = this.#parse(text);
    if (passage.kind !== 'frame' || passage.frame.t !== 'part') return this.#admit(passage);
    const whole = this.#assembler.take(passage.frame);
    this.#sweepLater();
    if (whole.kind === 'waiting') return NOTHING;
    if (whole.kind === 'refused') return { kind: 'refused', code: whole.reason, about: 'part' };
    const inner = this.#parse(whole.text);
    if (inner.kind === 'frame' && inner.frame.t === 'part') {
      return { kind: 'refused', code: 'frame-malformed', about: 'part' };
    }
    return this.#admit(inner);
  }

  /** Before it joined, a connection may join and ask whether it is heard. */
  #admit(passage: Passage): Passage {
    if (this.#joined || passage.kind !== 'frame' || passage.frame.t === 'join' || passage.frame.t === 'ping') {
      return passage;
    }
    return { kind: 'refused', code: 'not-joined', ...traits(passage.frame) };
  }

  /** What nothing comes after is forgotten all the same. */
  #sweepLater(): void {
    if (this.#cancelSweep || this.#assembler.empty) return;
    this.#cancelSweep = this.#clock.after(ASSEMBLY_MILLISECONDS, () => {
      this.#cancelSweep = undefined;
      this.#assembler.expire();
      this.#sweepLater();
    });
  }

  #parse(text: string): Passage {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return { kind: 'refused', code: 'frame-malformed' };
    }
    const known = traits(value);
    if (known.about === 'join' && (value as { v?: unknown }).v !== PROTOCOL_VERSION) {
      return { kind: 'refused', code: 'page-outdated', about: 'join', final: true };
    }
    const checked = clientFrameSchema.safeParse(value);
    if (!checked.success) return { kind: 'refused', code: 'frame-malformed', ...known };
    return { kind: 'frame', frame: checked.data };
  }
}
