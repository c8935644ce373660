import { describeCodeSessionsContract } from '../../session/code-sessions.contract.ts';
import { describeConnectionsContract } from '../connections.contract.ts';
import { describeHistoryContract } from '../history.contract.ts';
import { describeSnapshotStoreContract } from '../snapshot-store.contract.ts';
import { describeUpdateLogContract } from '../update-log.contract.ts';
import { describeWorkbenchContract } from '../workbench.contract.ts';
import { memoryCodeSessions } from './code-sessions.ts';
import { memoryConnections } from './connections.ts';
import { memoryHistory } from './history.ts';
import { memorySnapshotStore } from './snapshot-store.ts';
import { memoryUpdateLog } from './update-log.ts';
import { memoryWorkbench } from './workbench.ts';

describeUpdateLogContract('memory', memoryUpdateLog);
describeSnapshotStoreContract('memory', memorySnapshotStore);
describeHistoryContract('memory', memoryHistory);
describeConnectionsContract('memory', memoryConnections);
describeCodeSessionsContract('memory', memoryCodeSessions);
describeWorkbenchContract('memory', memoryWorkbench);
