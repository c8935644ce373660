import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

describe('durability', () => {
  it('D1 syncs the write-ahead log before each acknowledgement', () => {
    const trace = join(dataDir, 'trace');
    const data = join(dataDir, 'data');
    // -y names the file behind each descriptor; the order of lines is the order of the calls' ends.
    const calls = 'trace=write,pwrite64,fsync,fdatasync';
    execFileSync('strace', ['-f', '-y', '-e', calls, '-o', trace, process.execPath, CHILD, data, room, '5', '1']);
    // A call that others interrupt is written in two lines; the second says when it was over.
    const lines = readFileSync(trace, 'utf8').split('\n');
    const names = new Map<string, string>();
    let written = false;
    let synced = false;
    const acknowledged: boolean[] = [];
    for (const line of lines) {
      const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
      const begun = /^(\w+)\(\d+<([^>]*)>/.exec(rest);
      if (begun) names.set(thread, `${begun[1]} ${begun[2]}`);
      if (rest.includes('<unfinished ...>')) continue;
      const call = names.get(thread) ?? '';
      if (/^p?write(64)? .*-wal$/.test(call)) [written, synced] = [true, false];
      if (/^f(data)?sync .*-wal$/.test(call)) synced = written;
      if (begun && rest.startsWith('write(1<') && rest.includes('acknowledged')) {
        acknowledged.push(written && synced);
        [written, synced] = [false, false];
      }
    }
    expect(acknowledged).toEqual([true, true, true, true, true]);
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
