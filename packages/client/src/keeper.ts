/** Keeps unacknowledged edits and, now and then, the whole document, so that closing the tab loses nothing. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { ClientId } from '@codeconnected/core/room/ids.ts';
import type { EditName, Kept, LostDocument, Outbox, PendingEdit } from './api.ts';

/** Milliseconds between whole documents: what is newer lies in the edits or on the server. */
const KEEP_MILLISECONDS = 5_000;

const NOTHING: Kept = { epoch: undefined, document: undefined, edits: [], lost: [] };

export interface KeeperOptions {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly client: ClientId;
  /** Of the document that edits are made in. */
  readonly epoch: () => string | undefined;
  readonly document: () => Uint8Array;
  /** Called once when it stops being `durable`. */
  readonly lost: () => void;
}

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #outbox: Outbox;
  /** Resolves when all writes have ended. Each is handed over at once: the page may be about to go. */
  #written: Promise<unknown> = Promise.resolve();
  #release: (() => void) | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;
  #durable: boolean;
  #readable = true;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#outbox = options.outbox;
    this.#durable = options.outbox.durable;
  }

  /** Whether all that was handed over outlives the page. */
  get durable(): boolean {
    return this.#durable;
  }

  /** What pages left; nothing where the storage fails. From now on this page is known to be open. */
  async load(): Promise<Kept> {
    if (!this.#readable) return NOTHING;
    try {
      this.#release ??= this.#outbox.claim(this.#options.client);
      return await this.#outbox.load();
    } catch (error) {
      this.#readable = false;
      this.#failed('Kept edits could not be read:', error);
      return NOTHING;
    }
  }

  /** Keeps edits. @param instead edits whose place they take */
  put(edits: readonly PendingEdit[], instead: readonly EditName[] = []): void {
    this.#write(() => this.#outbox.put(edits, this.#options.epoch(), instead));
  }

  acknowledged(client: ClientId, sequences: readonly number[]): void {
    this.#write(() => this.#outbox.acknowledged(client, sequences));
  }

  /** Keeps a document that was replaced, for the person. @param edits unsaved ones that it holds */
  setAside(lost: LostDocument, edits: readonly EditName[]): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#write(() => this.#outbox.setAside(lost, edits));
  }

  /** The person has what they need of lost documents. */
  recovered(ids: readonly string[]): void {
    this.#write(() => this.#outbox.recovered(ids));
  }

  /** The document changed: it is kept a little later. */
  changed(): void {
    if (this.#closed) return;
    this.#cancel ??= this.#options.clock.after(KEEP_MILLISECONDS, () => this.keepNow());
  }

  keepNow(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const epoch = this.#options.epoch();
    if (epoch !== undefined) this.#write(() => this.#outbox.keep(epoch, this.#options.document()));
  }

  /** Resolves when all is written. */
  async close(): Promise<void> {
    if (this.#cancel) this.keepNow();
    this.#closed = true;
    await this.#written;
    this.#release?.();
  }

  #write(write: () => Promise<void>): void {
    // What a broken storage throws at once is dealt with like what it rejects with.
    const writing = (async () => write())().catch((error) => this.#failed('An edit could not be kept here:', error));
    this.#written = Promise.all([this.#written, writing]);
  }

  #failed(what: string, error: unknown): void {
    console.error(what, error);
    if (!this.#durable) return;
    this.#durable = false;
    this.#options.lost();
  }
}
