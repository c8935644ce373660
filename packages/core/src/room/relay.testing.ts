/** A relay with stores in memory, for its tests. */
import * as Y from 'yjs';
import type { CodeSession } from '../session/code-sessions.ts';
import { toBase64 } from './base64.ts';
import { Documents } from './documents.ts';
import type { ClientFrameInput, Grouping, ServerFrame } from './frames.ts';
import type { ClientId, ConnectionId, LanguageId, PersonId, RoomId } from './ids.ts';
import { memoryCodeSessions } from './memory/code-sessions.ts';
import { memoryConnections } from './memory/connections.ts';
import { HandClock } from './memory/hand-clock.ts';
import { memoryHistory } from './memory/history.ts';
import { memorySnapshotStore } from './memory/snapshot-store.ts';
import { memoryUpdateLog } from './memory/update-log.ts';
import { memoryWorkbench } from './memory/workbench.ts';
import type { Delivery } from './publisher.ts';
import { Relay, type RelayOptions } from './relay.ts';
import { noTerminal } from './terminal-frames.ts';
import type { LoggedUpdate } from './update-log.ts';

export const ROOM = 'AAAAAAAAAAAAAAAAAAAAAA' as RoomId;
export const CLIENT = 'AAAAAAAAAAAAAAAAAAAAAQ' as ClientId;
export const GROUPING: Grouping = {
  editMilliseconds: 20,
  eager: true,
  cursorMilliseconds: 50,
  vectorMilliseconds: 30_000,
  pingMilliseconds: 10_000,
};

/** A relay with stores in memory, and what it pushed to whom. */
export async function makePlace(overrides: Partial<RelayOptions> & { documentBytes?: number } = {}) {
  const clock = new HandClock();
  const log = overrides.log ?? memoryUpdateLog();
  const snapshots = memorySnapshotStore();
  const sessions = memoryCodeSessions();
  const connections = overrides.connections ?? memoryConnections();
  const history = memoryHistory();
  const problems: unknown[] = [];
  const frames = new Map<ConnectionId, ServerFrame[]>();
  const deliver = new Map<ConnectionId, () => Promise<Delivery>>();
  const disconnected: ConnectionId[] = [];
  const session: CodeSession = {
    id: ROOM,
    epoch: 'now',
    creator: 'ada' as PersonId,
    origin: 'here',
    language: 'python' as LanguageId,
    createdAt: 0,
    lastUsedAt: 0,
    terminalEpoch: 0,
  };
  await sessions.create(session);
  const documents = new Documents({
    workbench: memoryWorkbench(),
    log,
    snapshots,
    clock,
    onlyWriter: true,
    report: (_, keys) => problems.push(keys),
    documentBytes: overrides.documentBytes,
  });
  const relay = new Relay({
    connections,
    sessions,
    history,
    documents,
    clock,
    compaction: { opened: () => undefined, appended: () => undefined },
    terminal: noTerminal,
    grouping: GROUPING,
    roomMilliseconds: 1_000,
    roleOf: () => 'editor',
    report: (problem) => problems.push(problem),
    publisher: {
      async push(to, text) {
        const delivery = await (deliver.get(to)?.() ?? 'sent');
        if (delivery === 'sent') frames.set(to, [...(frames.get(to) ?? []), JSON.parse(text) as ServerFrame]);
        return delivery;
      },
      disconnect: async (id) => void disconnected.push(id),
    },
    ...overrides,
    log,
  });
  const send = (id: string, frame: ClientFrameInput) => relay.receive(id as ConnectionId, JSON.stringify(frame));
  const got = <T extends ServerFrame['t']>(id: string, t: T) =>
    (frames.get(id as ConnectionId) ?? []).filter((frame): frame is Extract<ServerFrame, { t: T }> => frame.t === t);
  const arrive = (id: string, person = id) =>
    relay.open({ id: id as ConnectionId, room: ROOM, person: person as PersonId });
  const join = async (id: string, person = id, more: object = {}) => {
    arrive(id, person);
    // A page of its own: another connection of the same page would take this one's place.
    const c = `${id.padEnd(21, 'A')}A`;
    await send(id, { t: 'join', v: 1, c, sv: 'AA==', name: id, ...more });
  };
  const logged = async () => {
    const entries: LoggedUpdate[] = [];
    for await (const page of log.read(ROOM)) entries.push(...page);
    return entries;
  };
  const forget = () => frames.clear();
  return {
    clock,
    log,
    history,
    sessions,
    connections,
    relay,
    problems,
    deliver,
    disconnected,
    send,
    got,
    arrive,
    join,
    logged,
    forget,
  };
}

let typed = 0;
/** An edit frame that inserts a text. */
export function edit(n: number, text = 'x', c = CLIENT): ClientFrameInput & { t: 'edit' } {
  const doc = new Y.Doc();
  doc.clientID = ++typed;
  doc.getText('f').insert(0, text);
  return { t: 'edit', c, n, u: toBase64(Y.encodeStateAsUpdate(doc)) };
}
