/** Where a room's files lie. A path is made of a room id only after that was checked. */
import { join } from 'node:path';
import { isRoomId, type RoomId } from '@codeconnected/core/room/ids.ts';

/**
 * The folder of a room's files: its id in hexadecimal, which no file system confuses by letter case, below 256 folders.
 * @throws for anything that is no room id
 */
export function roomFolder(dataDir: string, room: RoomId): string {
  if (!isRoomId(room)) throw new Error('not a room id');
  const name = Buffer.from(room, 'base64url').toString('hex');
  return join(dataDir, 'rooms', name.slice(0, 2), name);
}
