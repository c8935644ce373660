/** SnapshotStore in files: one for each room, replaced whole. The one worker that writes them is what makes a write conditional. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { DocumentText } from '@codeconnected/core/room/document.ts';
import type { RoomId } from '@codeconnected/core/room/ids.ts';
import type { DocumentSnapshot, SnapshotStore, SnapshotWrite } from '@codeconnected/core/room/snapshot-store.ts';
import { readDurable, removeFrom, writeDurably } from './durable-file.ts';
import { roomFolder } from './room-folder.ts';

const FILE = 'document';
/** Bytes of randomness in a version, so that one that was deleted never comes back. */
const VERSION_BYTES = 12;

interface Head {
  readonly format: 1;
  readonly version: string;
  readonly text: DocumentText;
}

export class FileSnapshots implements SnapshotStore {
  readonly #dataDir: string;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  async read(room: RoomId): Promise<DocumentSnapshot | undefined> {
    const file = readDurable<Head>(join(roomFolder(this.#dataDir, room), FILE));
    return file && { version: file.head.version, text: file.head.text, update: file.body };
  }

  /** Reads and writes without a pause between, so that no other write of this process comes in between. */
  async write(
    room: RoomId,
    next: Omit<DocumentSnapshot, 'version'>,
    expected: string | undefined,
  ): Promise<SnapshotWrite> {
    const path = join(roomFolder(this.#dataDir, room), FILE);
    if (readDurable<Head>(path)?.head.version !== expected) return { kind: 'conflict' };
    const version = randomBytes(VERSION_BYTES).toString('base64url');
    writeDurably<Head>(path, { head: { format: 1, version, text: next.text }, body: next.update });
    return { kind: 'written', version };
  }

  async remove(room: RoomId): Promise<void> {
    removeFrom(roomFolder(this.#dataDir, room), (name) => name.startsWith(FILE));
  }
}
