/** Puts terminal input back in order, for each client on its own (rule W2). */
import { INPUT_CLIENTS, INPUT_WAITING_CHARACTERS, INPUT_WAITING_FRAMES } from './limits.ts';

/** One numbered input, as it arrives: late, twice, or out of order. */
export interface NumberedInput {
  readonly sequence: number;
  /** Everything below was taken or given up by the client. */
  readonly base: number;
  readonly data: string;
}

export type Ordered =
  /** `data` is what is in order now, often empty; `taken` is the number that is complete. */
  | { readonly kind: 'taken'; readonly data: readonly string[]; readonly taken: number }
  /** More waits than is kept; nothing of this input was. */
  | { readonly kind: 'refused'; readonly taken: number };

interface Waiting {
  /** The number that comes next. */
  next: number;
  /** The latest that was refused after its turn; what was sent before the client knew is refused as well. */
  refused: number | undefined;
  readonly queued: Map<number, string>;
}

export class InputOrder {
  readonly #clients = new Map<string, Waiting>();
  #characters = 0;

  /** Takes one input. @param client names the client together with its person */
  take(client: string, input: NumberedInput): Ordered {
    const waiting = this.#touch(client, input.base);
    if (waiting.refused !== undefined) {
      if (input.base <= waiting.refused) return { kind: 'refused', taken: waiting.next - 1 };
      waiting.refused = undefined;
    }
    if (input.base > waiting.next) {
      for (const [sequence, data] of waiting.queued) {
        if (sequence < input.base) this.#forget(waiting, sequence, data);
      }
      waiting.next = input.base;
    }
    if (input.sequence >= waiting.next && !waiting.queued.has(input.sequence)) {
      const full =
        waiting.queued.size >= INPUT_WAITING_FRAMES || this.#characters + input.data.length > INPUT_WAITING_CHARACTERS;
      if (full && input.sequence !== waiting.next) return { kind: 'refused', taken: waiting.next - 1 };
      waiting.queued.set(input.sequence, input.data);
      this.#characters += input.data.length;
    }
    const data: string[] = [];
    for (let each = waiting.queued.get(waiting.next); each !== undefined; each = waiting.queued.get(waiting.next)) {
      data.push(each);
      this.#forget(waiting, waiting.next, each);
      waiting.next += 1;
    }
    return { kind: 'taken', data, taken: waiting.next - 1 };
  }

  /** What was in order last could not be used: nothing more of its client is taken until its base is above that. */
  refuse(client: string): void {
    const waiting = this.#clients.get(client);
    if (!waiting) return;
    waiting.refused = waiting.next - 1;
    for (const [sequence, data] of waiting.queued) this.#forget(waiting, sequence, data);
  }

  /** Gives up what waits for a gap, everyone's: Ctrl-C waits for nothing. The gaps themselves are given up too. */
  drop(): void {
    for (const waiting of this.#clients.values()) {
      for (const [sequence, data] of waiting.queued) {
        waiting.next = Math.max(waiting.next, sequence + 1);
        this.#forget(waiting, sequence, data);
      }
    }
  }

  /** Characters that wait for a gap. */
  get characters(): number {
    return this.#characters;
  }

  #forget(waiting: Waiting, sequence: number, data: string): void {
    waiting.queued.delete(sequence);
    this.#characters -= data.length;
  }

  #touch(client: string, base: number): Waiting {
    const known = this.#clients.get(client);
    const waiting = known ?? { next: base, refused: undefined, queued: new Map<number, string>() };
    // The map's order is by last use.
    this.#clients.delete(client);
    this.#clients.set(client, waiting);
    if (this.#clients.size > INPUT_CLIENTS) {
      const [oldest, its] = this.#clients.entries().next().value!;
      for (const [sequence, data] of its.queued) this.#forget(its, sequence, data);
      this.#clients.delete(oldest);
    }
    return waiting;
  }
}
