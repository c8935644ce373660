import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawAccessId, type RoomId } from '@codeconnected/core/room/ids.ts';
import { loggedUpdate } from '@codeconnected/core/room/update-log.contract.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DiskSpace } from './disk-space.ts';
import { openStore } from './open.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'codeconnected-disk-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

it('is full where less is free than is to be left', () => {
  expect(new DiskSpace(dataDir, 100, () => 99).full).toBe(true);
  expect(new DiskSpace(dataDir, 100, () => 100).full).toBe(false);
  expect(new DiskSpace(dataDir, 1).full).toBe(false);
});

it('D1 says that the disk is full instead of appending', async () => {
  const room = drawAccessId() as RoomId;
  const full = await openStore({ dataDir, freeBytes: Number.MAX_SAFE_INTEGER });
  await expect(full.log.append(room, loggedUpdate('a#1'))).rejects.toMatchObject({ code: 'disk-full' });
  await full.close();
  const store = await openStore({ dataDir });
  expect(await store.log.append(room, loggedUpdate('a#1'))).toBe('appended');
  await store.close();
});

it('W2 acknowledges a resend of what is durable on a full disk too', async () => {
  const room = drawAccessId() as RoomId;
  const store = await openStore({ dataDir });
  // What is old and belongs to no room is deleted at the next start.
  const entry = { ...loggedUpdate('a#1'), at: Date.now() };
  await store.log.append(room, entry);
  await store.close();
  const full = await openStore({ dataDir, freeBytes: Number.MAX_SAFE_INTEGER });
  expect(await full.log.append(room, entry)).toBe('duplicate');
  await expect(full.log.append(room, loggedUpdate('a#2'))).rejects.toMatchObject({ code: 'disk-full' });
  await full.close();
});
