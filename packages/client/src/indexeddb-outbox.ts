/** An outbox in the browser's own database: one for all rooms, shared by all tabs. */
import type { ClientId } from '@codeconnected/core/room/ids.ts';
import type { EditName, LostDocument, Outbox, PendingEdit } from './api.ts';

const DATABASE = 'codeconnected-outbox';
const VERSION = 2;
/** Unacknowledged edits, by room, client and sequence. */
const EDITS = 'edits';
/** Whole documents, by room. */
const DOCUMENTS = 'documents';
/** Documents that others took the place of, by room and id. */
const LOST = 'lost';
/** Days that a document is kept for a room that this browser no longer opens, if all in it is saved. */
const KEPT_DAYS = 60;
/** Milliseconds after which an edit counts as left behind, where the browser does not say which pages are open. */
const LEFT_MILLISECONDS = 60_000;

/** What tells the pages of a browser which of them are open. */
export type PageLocks = Pick<LockManager, 'request' | 'query'>;

interface StoredEdit extends PendingEdit {
  readonly room: string;
  readonly epoch?: string | undefined;
  readonly at: number;
}
interface StoredDocument {
  readonly room: string;
  readonly epoch: string;
  readonly document: Uint8Array;
  readonly at: number;
}
interface StoredLoss extends LostDocument {
  readonly room: string;
}

function done(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('The browser aborted a write.'));
  });
}

/** The same, for a transaction that asks for nothing more: a page that goes need not be asked again. */
function committed(transaction: IDBTransaction): Promise<void> {
  const end = done(transaction);
  transaction.commit();
  return end;
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function openDatabase(factory: IDBFactory): Promise<IDBDatabase> {
  const request = factory.open(DATABASE, VERSION);
  request.onupgradeneeded = ({ oldVersion }) => {
    const { result } = request;
    if (oldVersion < 1) {
      result.createObjectStore(EDITS, { keyPath: ['room', 'client', 'sequence'] });
      result.createObjectStore(DOCUMENTS, { keyPath: 'room' });
    }
    result.createObjectStore(LOST, { keyPath: ['room', 'id'] });
  };
  return result(request);
}

/** Everything of a room, in a store whose keys begin with it. */
const ofRoom = (room: string) => IDBKeyRange.bound([room], [room, []]);
/** The lock that a page holds as long as it is open. */
const lockOf = (client: ClientId) => `codeconnected-page:${client}`;

/**
 * Opens a room's outbox. Rejects where the browser offers no storage (some private windows).
 * @param now wall time, for forgetting rooms that are no longer opened
 * @param locks null where the page came over plain HTTP
 */
export async function openIndexedDb(
  room: string,
  factory: IDBFactory = indexedDB,
  now = Date.now,
  locks: PageLocks | null = globalThis.navigator?.locks ?? null,
): Promise<Outbox> {
  const database = await openDatabase(factory);
  // A page of a newer version may want to change the stores.
  database.onversionchange = () => database.close();

  /** Documents take room; what is not saved is never forgotten by its age, nor what it builds on. */
  async function forgetOld(): Promise<void> {
    const transaction = database.transaction([EDITS, DOCUMENTS], 'readwrite');
    const before = now() - KEPT_DAYS * 24 * 60 * 60 * 1000;
    const request = transaction.objectStore(DOCUMENTS).openCursor();
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor) return;
      const stored = cursor.value as StoredDocument;
      if (stored.at < before && stored.room !== room) {
        const unsaved = transaction.objectStore(EDITS).count(ofRoom(stored.room));
        unsaved.onsuccess = () => {
          if (unsaved.result === 0) transaction.objectStore(DOCUMENTS).delete(stored.room);
        };
      }
      cursor.continue();
    };
    await done(transaction);
  }

  async function openPages(): Promise<(edit: StoredEdit) => boolean> {
    if (!locks) return ({ at }) => now() - at < LEFT_MILLISECONDS;
    const { held = [] } = await locks.query();
    const names = new Set(held.map(({ name }) => name));
    return ({ client }) => names.has(lockOf(client));
  }

  const forget = (transaction: IDBTransaction, names: readonly EditName[]) => {
    for (const { client, sequence } of names) transaction.objectStore(EDITS).delete([room, client, sequence]);
  };

  return {
    durable: true,
    claim(client) {
      let release: () => void = () => undefined;
      const closed = new Promise<void>((resolve) => {
        release = resolve;
      });
      locks?.request(lockOf(client), () => closed).catch(() => undefined);
      return () => release();
    },
    async load() {
      void forgetOld().catch(() => undefined);
      const living = await openPages();
      const transaction = database.transaction([EDITS, DOCUMENTS, LOST], 'readonly');
      const [edits, kept, lost] = await Promise.all([
        result<StoredEdit[]>(transaction.objectStore(EDITS).getAll(ofRoom(room))),
        result<StoredDocument | undefined>(transaction.objectStore(DOCUMENTS).get(room)),
        result<StoredLoss[]>(transaction.objectStore(LOST).getAll(ofRoom(room))),
      ]);
      edits.sort((a, b) => a.at - b.at || a.sequence - b.sequence);
      return {
        epoch: kept?.epoch,
        document: kept?.document,
        edits: edits.map((edit) => {
          const { client, sequence, update, epoch } = edit;
          return { client, sequence, update, epoch, living: living(edit) };
        }),
        lost: lost.map(({ id, epoch, document }) => ({ id, epoch, document })),
      };
    },
    async put(edits, epoch, instead) {
      const transaction = database.transaction(EDITS, 'readwrite');
      for (const { client, sequence, update } of edits) {
        transaction.objectStore(EDITS).put({ room, client, sequence, update, epoch, at: now() } satisfies StoredEdit);
      }
      forget(transaction, instead);
      await committed(transaction);
    },
    async acknowledged(client, sequences) {
      const transaction = database.transaction(EDITS, 'readwrite');
      for (const sequence of sequences) transaction.objectStore(EDITS).delete([room, client, sequence]);
      await committed(transaction);
    },
    async keep(epoch, document) {
      const transaction = database.transaction(DOCUMENTS, 'readwrite');
      transaction.objectStore(DOCUMENTS).put({ room, epoch, document, at: now() } satisfies StoredDocument);
      await committed(transaction);
    },
    async setAside({ id, epoch, document }, edits) {
      const transaction = database.transaction([EDITS, DOCUMENTS, LOST], 'readwrite');
      transaction.objectStore(LOST).put({ room, id, epoch, document } satisfies StoredLoss);
      forget(transaction, edits);
      const kept = transaction.objectStore(DOCUMENTS).get(room) as IDBRequest<StoredDocument | undefined>;
      kept.onsuccess = () => {
        if (kept.result?.epoch === epoch) transaction.objectStore(DOCUMENTS).delete(room);
      };
      await done(transaction);
    },
    async recovered(ids) {
      const transaction = database.transaction(LOST, 'readwrite');
      for (const id of ids) transaction.objectStore(LOST).delete([room, id]);
      await committed(transaction);
    },
  };
}
