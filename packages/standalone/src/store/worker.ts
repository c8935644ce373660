/** The store's thread: commits and files, which must stall neither pages nor relay. */
import { parentPort, workerData } from 'node:worker_threads';
import { CodedError } from '@codeconnected/core/error/visible.ts';
import { Engine } from './engine.ts';
import type { Answer, Handlers, Operation, Request, WorkerData } from './messages.ts';

const port = parentPort!;
const { dataDir, ...bounds } = workerData as WorkerData;

function answer(message: Answer): void {
  port.postMessage(message);
}

function handlers(engine: Engine): Handlers {
  const { log, snapshots, history, sessions } = engine;
  return {
    logAppend: (room, entry) => log.append(room, entry),
    logPage: (room, after) => log.page(room, after),
    logRemove: (room, keys) => log.remove(room, keys),
    logWeight: (room) => log.weight(room),
    snapshotRead: (room) => snapshots.read(room),
    snapshotWrite: (room, next, expected) => snapshots.write(room, next, expected),
    snapshotRemove: (room) => snapshots.remove(room),
    historyArchive: (room, segment) => history.archive(room, segment),
    historyNames: (room) => history.segmentNames(room),
    historySegment: (room, name) => history.segment(room, name),
    historyRecord: (room, event) => history.record(room, event),
    historyEvents: (room, after) => history.eventPage(room, after),
    historyRemove: (room) => history.remove(room),
    sessionCreate: (session) => sessions.create(session),
    sessionRead: (id) => sessions.read(id),
    sessionTouch: (id, at) => sessions.touch(id, at),
    sessionRaise: (id) => sessions.raiseTerminalEpoch(id),
    sessionCount: (origin, since) => sessions.countCreated(origin, since),
    sessionUnused: (before, most) => sessions.unusedSince(before, most),
    sessionRemove: (id) => sessions.remove(id),
    removeRoom: (room, unusedSince) => engine.removeRoom(room, unusedSince),
    close: () => engine.close(),
  };
}

async function serve(table: Handlers, request: Request): Promise<void> {
  try {
    const run = table[request.operation as Operation] as (...args: readonly unknown[]) => unknown;
    answer({ kind: 'value', id: request.id, value: await run(...request.args) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    answer({
      kind: 'error',
      id: request.id,
      message,
      ...(error instanceof CodedError && { code: error.code }),
    });
  }
  if (request.operation === 'close') port.close();
}

try {
  const table = handlers(new Engine(dataDir, bounds));
  port.on('message', (request: Request) => void serve(table, request));
  answer({ kind: 'open' });
} catch (error) {
  answer({ kind: 'refused', message: error instanceof Error ? error.message : String(error) });
}
