/** The workbench's thread: builds documents and tries updates, one at a time. */
import { parentPort } from 'node:worker_threads';
import { mergeStored, tryUpdate } from '@codeconnected/core/room/document-work.ts';
import type { BenchAnswer, BenchRequest } from './thread-workbench.ts';

const port = parentPort!;
const MICROSECONDS = 1_000;

function answer(message: BenchAnswer): void {
  port.postMessage(message);
}

function work(request: BenchRequest): BenchAnswer {
  if (request.kind === 'merge') return { kind: 'merged', merged: mergeStored(request.stored) };
  let cpuMilliseconds = 0;
  const sizes = tryUpdate(request.stored, request.update, (apply) => {
    answer({ kind: 'built' });
    const from = process.threadCpuUsage();
    apply();
    const { user, system } = process.threadCpuUsage(from);
    cpuMilliseconds = (user + system) / MICROSECONDS;
  });
  return { kind: 'tried', ...sizes, cpuMilliseconds };
}

port.on('message', (request: BenchRequest) => {
  try {
    answer(work(request));
  } catch (error) {
    answer({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
});
