import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeHistoryContract } from '@codeconnected/core/room/history.contract.ts';
import { describeSnapshotStoreContract } from '@codeconnected/core/room/snapshot-store.contract.ts';
import { describeUpdateLogContract } from '@codeconnected/core/room/update-log.contract.ts';
import { describeCodeSessionsContract } from '@codeconnected/core/session/code-sessions.contract.ts';
import { afterAll } from 'vitest';
import { openStore } from './open.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'codeconnected-store-'));
const opened = openStore({ dataDir });

afterAll(async () => {
  await (await opened).close();
  rmSync(dataDir, { recursive: true, force: true });
});

describeUpdateLogContract('SQLite in a worker', async () => (await opened).log);
describeSnapshotStoreContract('files', async () => (await opened).snapshots);
describeHistoryContract('files and SQLite', async () => (await opened).history);
describeCodeSessionsContract('SQLite', async () => (await opened).sessions);
