/** An outbox in the browser's own database: one for all rooms, shared by all tabs. */
import type { ClientId } from '@codeconnected/core/room/ids.ts';
import type { Outbox, PendingEdit } from './api.ts';

const DATABASE = 'codeconnected-outbox';
const VERSION = 1;
/** Unacknowledged edits, by room, client and sequence. */
const EDITS = 'edits';
/** Whole documents, by room. */
const DOCUMENTS = 'documents';
/** Days that a document and edits are kept for a room that this browser no longer opens. */
const KEPT_DAYS = 60;

interface StoredEdit extends PendingEdit {
  readonly room: string;
  readonly at: number;
}
interface StoredDocument {
  readonly room: string;
  readonly epoch: string;
  readonly document: Uint8Array;
  readonly at: number;
}

function done(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('The browser aborted a write.'));
  });
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function openDatabase(factory: IDBFactory): Promise<IDBDatabase> {
  const request = factory.open(DATABASE, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(EDITS, { keyPath: ['room', 'client', 'sequence'] });
    request.result.createObjectStore(DOCUMENTS, { keyPath: 'room' });
  };
  return result(request);
}

/** All edits of a room. */
const ofRoom = (room: string) => IDBKeyRange.bound([room], [room, []]);

/**
 * Opens a room's outbox. Rejects where the browser offers no storage (some private windows).
 * @param now wall time, for forgetting rooms that are no longer opened
 */
export async function openIndexedDb(room: string, factory: IDBFactory = indexedDB, now = Date.now): Promise<Outbox> {
  const database = await openDatabase(factory);
  // A page of a newer version may want to change the stores.
  database.onversionchange = () => database.close();

  async function forgetOld(): Promise<void> {
    const transaction = database.transaction([EDITS, DOCUMENTS], 'readwrite');
    const before = now() - KEPT_DAYS * 24 * 60 * 60 * 1000;
    for (const name of [EDITS, DOCUMENTS]) {
      const request = transaction.objectStore(name).openCursor();
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor) return;
        const stored = cursor.value as StoredEdit | StoredDocument;
        if (stored.at < before && stored.room !== room) cursor.delete();
        cursor.continue();
      };
    }
    await done(transaction);
  }

  return {
    durable: true,
    async load() {
      void forgetOld().catch(() => undefined);
      const transaction = database.transaction([EDITS, DOCUMENTS], 'readonly');
      const [edits, kept] = await Promise.all([
        result<StoredEdit[]>(transaction.objectStore(EDITS).getAll(ofRoom(room))),
        result<StoredDocument | undefined>(transaction.objectStore(DOCUMENTS).get(room)),
      ]);
      edits.sort((a, b) => a.at - b.at || a.sequence - b.sequence);
      return {
        epoch: kept?.epoch,
        document: kept?.document,
        edits: edits.map(({ client, sequence, update }) => ({ client, sequence, update })),
      };
    },
    async put({ client, sequence, update }) {
      const transaction = database.transaction(EDITS, 'readwrite');
      transaction.objectStore(EDITS).put({ room, client, sequence, update, at: now() } satisfies StoredEdit);
      await done(transaction);
    },
    async acknowledged(client: ClientId, sequences) {
      const transaction = database.transaction(EDITS, 'readwrite');
      for (const sequence of sequences) transaction.objectStore(EDITS).delete([room, client, sequence]);
      await done(transaction);
    },
    async keep(epoch, document) {
      const transaction = database.transaction(DOCUMENTS, 'readwrite');
      transaction.objectStore(DOCUMENTS).put({ room, epoch, document, at: now() } satisfies StoredDocument);
      await done(transaction);
    },
    async clear() {
      const transaction = database.transaction([EDITS, DOCUMENTS], 'readwrite');
      transaction.objectStore(EDITS).delete(ofRoom(room));
      transaction.objectStore(DOCUMENTS).delete(room);
      await done(transaction);
    },
  };
}
