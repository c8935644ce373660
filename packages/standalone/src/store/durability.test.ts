import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { drawAccessId, type PersonId, type RoomId } from '@codeconnected/core/room/ids.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from './open.ts';

const CHILD = join(import.meta.dirname, 'append.child.ts');

let dataDir: string;
let room: RoomId;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'codeconnected-durable-'));
  room = drawAccessId() as RoomId;
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

async function keysIn(dir: string): Promise<Set<string>> {
  const store = await openStore({ dataDir: dir });
  try {
    const keys = new Set<string>();
    for await (const page of store.log.read(room)) for (const { key } of page) keys.add(key);
    return keys;
  } finally {
    await store.close();
  }
}

/** Lines of a child, as they come. */
async function* linesOf(child: ChildProcess): AsyncIterable<string> {
  for await (const line of createInterface({ input: child.stdout! })) yield line;
}

interface Call {
  readonly call: string;
  /** The file behind its descriptor, or the new name. */
  readonly path: string;
  /** As it was begun. */
  readonly line: string;
}

const isWrite = (call: string) => /^p?write(64)?$/.test(call);
const isSync = (call: string) => /^f(data)?sync$/.test(call);

/** What a child does to its files, in the order in which the calls ended. */
function traced(...args: string[]): Call[] {
  const trace = join(dataDir, 'trace');
  const data = join(dataDir, 'data');
  // -y names the file behind each descriptor.
  const calls = 'trace=write,pwrite64,fsync,fdatasync,/^rename';
  execFileSync('strace', ['-f', '-y', '-e', calls, '-o', trace, process.execPath, CHILD, data, room, ...args]);
  const begun = new Map<string, Call>();
  const ended: Call[] = [];
  for (const each of readFileSync(trace, 'utf8').split('\n')) {
    const [, thread = '', line = ''] = /^(\d+)\s+(.*)$/.exec(each) ?? [];
    const [, call, path] = /^(\w+)\(\d+<([^>]*)>/.exec(line) ?? /^(\w+)\(.*"([^"]*)"[^"]*$/.exec(line) ?? [];
    if (call !== undefined && path !== undefined) begun.set(thread, { call, path, line });
    // A call that others interrupt is written in two lines; the second says when it was over.
    const whole = begun.get(thread);
    if (!whole || line.includes('<unfinished ...>')) continue;
    ended.push(whole);
    begun.delete(thread);
  }
  return ended;
}

describe('durability', () => {
  it('D1 syncs the write-ahead log before each acknowledgement', () => {
    let written = false;
    let synced = false;
    const acknowledged: boolean[] = [];
    for (const { call, path, line } of traced('5', '1')) {
      if (isWrite(call) && path.endsWith('-wal')) [written, synced] = [true, false];
      if (isSync(call) && path.endsWith('-wal')) synced = written;
      if (line.startsWith('write(1<') && line.includes('acknowledged')) {
        acknowledged.push(written && synced);
        [written, synced] = [false, false];
      }
    }
    expect(acknowledged).toEqual([true, true, true, true, true]);
  });

  it('D3 has history and snapshot on the disk before the log loses what they hold', () => {
    const calls = traced('3', '1', 'compact');
    const appended = calls.findLastIndex(({ line }) => line.startsWith('write(1<') && line.includes('acknowledged'));
    const removed = calls.findIndex(({ call, path }, at) => at > appended && isWrite(call) && path.endsWith('-wal'));
    const done = calls.findIndex(({ line }) => line.startsWith('write(1<') && line.includes('done'));
    expect(calls.slice(removed, done).some(({ call, path }) => isSync(call) && path.endsWith('-wal'))).toBe(true);
    let before = appended;
    for (const file of [/\/segment-[^/]*$/, /\/document$/]) {
      const ours = (path: string) => file.test(path.replace(/\.half$/, ''));
      const written = calls.findLastIndex(({ call, path }) => isWrite(call) && ours(path));
      const synced = calls.findIndex(({ call, path }, at) => at > written && isSync(call) && ours(path));
      const renamed = calls.findIndex(({ call, path }) => call.startsWith('rename') && ours(path));
      const folder = dirname(calls[renamed]?.path ?? '');
      const listed = calls.findIndex(({ call, path }, at) => at > renamed && isSync(call) && path === folder);
      const steps = [before, written, synced, renamed, listed, removed];
      expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
      before = listed;
    }
  });

  it('D1 loses nothing acknowledged to kill -9 under load', async () => {
    const child = spawn(process.execPath, [CHILD, dataDir, room, '1000000', '32'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    const acknowledged: string[] = [];
    for await (const line of linesOf(child)) {
      const [word, key = ''] = line.split(' ');
      if (word === 'acknowledged') acknowledged.push(key);
      // What it wrote before it died is still read.
      if (acknowledged.length === 500) child.kill('SIGKILL');
    }
    await ended;
    expect(acknowledged.length).toBeGreaterThanOrEqual(500);
    const keys = await keysIn(dataDir);
    expect(acknowledged.filter((key) => !keys.has(key))).toEqual([]);
  });

  it('D1 refuses what the disk does not take, and goes on with the rest', async () => {
    // A bound on the size of files stands for a full disk; the write-ahead log meets it first.
    const shell = `trap '' XFSZ; ulimit -f 256; exec "$0" "$@"`;
    const args = ['-c', shell, process.execPath, CHILD, dataDir, room, '4000', '1'];
    const child = spawn('sh', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const acknowledged: string[] = [];
    const refused: string[] = [];
    for await (const line of linesOf(child)) {
      const [word, key = ''] = line.split(' ');
      if (word === 'acknowledged') acknowledged.push(key);
      if (word === 'refused') refused.push(key);
    }
    await ended;
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(refused.length).toBeGreaterThan(10);
    const keys = await keysIn(dataDir);
    expect(acknowledged.filter((key) => !keys.has(key))).toEqual([]);
  });

  it('lets one process at a time have the data directory, and the next after kill -9', async () => {
    const child = spawn(process.execPath, [CHILD, dataDir, room, '1000000', '1'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    for await (const line of linesOf(child)) {
      if (line !== 'open') continue;
      await expect(openStore({ dataDir })).rejects.toThrow(`in use by another process (process ${child.pid})`);
      child.kill('SIGKILL');
    }
    await ended;
    expect(existsSync(join(dataDir, 'web.lock'))).toBe(true);
    await (await openStore({ dataDir })).close();
  });

  it('keeps everything over a restart', async () => {
    const first = await openStore({ dataDir });
    const entry = { key: 'a#1', update: new Uint8Array([1]), author: 'a' as PersonId, at: Date.now() };
    // Not awaited: closing finishes what was asked.
    const appended = first.log.append(room, entry);
    await first.close();
    expect(await appended).toBe('appended');
    await expect(first.log.append(room, entry)).rejects.toThrow('closed');
    expect(await keysIn(dataDir)).toEqual(new Set(['a#1']));
  });
});
