/** Link frames as the messages that carry them: cut where they are large, put together and checked again. */
import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import { Assembler, type AssemblyBounds, cut, type Part, utf8Fits } from '../room/parts.ts';
import { LINK_BYTES, LINK_FRAME_CHARACTERS } from './link.ts';

/** What is put together at most: what the other end may send, which base64 makes a third larger, and several at once. */
const ASSEMBLY: AssemblyBounds = {
  parts: 1024,
  characters: 48 * 1024 * 1024,
  concurrent: 64,
  milliseconds: 60_000,
};

export type Unpacked<T> =
  | { readonly kind: 'frame'; readonly frame: T }
  | { readonly kind: 'waiting' }
  /** One frame could not be put together; the link goes on. */
  | { readonly kind: 'dropped'; readonly reason: string }
  /** The other end does not speak this protocol. */
  | { readonly kind: 'refused'; readonly reason: string };

/** One end of a link. */
export class LinkWire<Frame extends { readonly t: string }> {
  readonly #schema: z.ZodType<Frame>;
  readonly #assembler: Assembler;
  #next = 1;

  /** @param schema of the frames that come in */
  constructor(schema: z.ZodType<Frame>, clock: Clock) {
    this.#schema = schema;
    this.#assembler = new Assembler(ASSEMBLY, clock);
  }

  /** The messages that carry a frame; undefined where it is larger than a link takes. */
  pack(frame: object): string[] | undefined {
    const text = JSON.stringify(frame);
    if (!utf8Fits(text, LINK_BYTES)) return undefined;
    return cut(text, () => String(this.#next++), LINK_FRAME_CHARACTERS);
  }

  /** Takes one message. */
  unpack(message: string): Unpacked<Exclude<Frame, { t: 'part' }>> {
    const first = this.#read(message);
    if (first.kind !== 'frame') return first;
    if (first.frame.t !== 'part') return first as Unpacked<Exclude<Frame, { t: 'part' }>>;
    const assembled = this.#assembler.take(first.frame as unknown as Part);
    if (assembled.kind === 'refused') return { kind: 'dropped', reason: assembled.reason };
    if (assembled.kind === 'waiting') return assembled;
    const whole = this.#read(assembled.text);
    if (whole.kind === 'frame' && whole.frame.t === 'part') return { kind: 'refused', reason: 'a part within parts' };
    return whole as Unpacked<Exclude<Frame, { t: 'part' }>>;
  }

  #read(text: string): Unpacked<Frame> {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return { kind: 'refused', reason: 'not JSON' };
    }
    const result = this.#schema.safeParse(value);
    if (result.success) return { kind: 'frame', frame: result.data };
    return { kind: 'refused', reason: result.error.issues[0]?.message ?? 'malformed' };
  }
}
