import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openIndexedDb } from './indexeddb-outbox.ts';
import { openMemoryOutbox } from './memory-outbox.ts';
import { describeOutboxContract } from './outbox.contract.ts';

describeOutboxContract('memory', openMemoryOutbox);

let rooms = 0;
const storage = new IDBFactory();
// Names that begin alike.
describeOutboxContract('IndexedDB', () => openIndexedDb(`room${++rooms}`, storage));
