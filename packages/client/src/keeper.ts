/** Keeps unacknowledged edits and, now and then, the whole document, so that closing the tab loses nothing. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { ClientId } from '@codeconnected/core/room/ids.ts';
import type { Outbox, PendingEdit } from './api.ts';

/** Milliseconds between whole documents: what is newer lies in the edits or on the server. */
const KEEP_MILLISECONDS = 5_000;

export class Keeper {
  readonly #outbox: Outbox;
  readonly #clock: Clock;
  readonly #document: () => { epoch: string; document: Uint8Array } | undefined;
  /** Writes go one after the other, so that an acknowledgement cannot overtake its edit. */
  #last: Promise<void> = Promise.resolve();
  #cancel: (() => void) | undefined;
  #closed = false;
  #durable: boolean;
  readonly #lost: () => void;

  /** @param lost called once when it stops being {@link durable} */
  constructor(
    outbox: Outbox,
    clock: Clock,
    document: () => { epoch: string; document: Uint8Array } | undefined,
    lost: () => void,
  ) {
    this.#outbox = outbox;
    this.#clock = clock;
    this.#document = document;
    this.#durable = outbox.durable;
    this.#lost = lost;
  }

  /** Whether all that was handed over outlives the page. */
  get durable(): boolean {
    return this.#durable;
  }

  /** What an earlier page left; nothing where the storage fails. */
  async load(): ReturnType<Outbox['load']> {
    try {
      return await this.#outbox.load();
    } catch (error) {
      this.#failed('Kept edits could not be read:', error);
      return { epoch: undefined, edits: [], document: undefined };
    }
  }

  put(edit: PendingEdit): void {
    this.#then(() => this.#outbox.put(edit));
  }

  /** One edit in place of several of the same page that were never sent. */
  replace(edit: PendingEdit, merged: readonly number[]): void {
    this.put(edit);
    this.acknowledged(edit.client, merged);
  }

  acknowledged(client: ClientId, sequences: readonly number[]): void {
    this.#then(() => this.#outbox.acknowledged(client, sequences));
  }

  /** The document changed: it is kept a little later. */
  changed(): void {
    if (this.#closed) return;
    this.#cancel ??= this.#clock.after(KEEP_MILLISECONDS, () => this.keepNow());
  }

  keepNow(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const kept = this.#document();
    if (kept) this.#then(() => this.#outbox.keep(kept.epoch, kept.document));
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#then(() => this.#outbox.clear());
  }

  /** Resolves when all is written. */
  async close(): Promise<void> {
    if (this.#cancel) this.keepNow();
    this.#closed = true;
    await this.#last;
  }

  #then(write: () => Promise<void>): void {
    this.#last = this.#last.then(write).catch((error) => this.#failed('An edit could not be kept here:', error));
  }

  #failed(what: string, error: unknown): void {
    console.error(what, error);
    if (!this.#durable) return;
    this.#durable = false;
    this.#lost();
  }
}
