/**
 * Files that are there whole or not at all, after any crash: written beside, synced, renamed, folder synced.
 * A line of JSON, then bytes, with a checksum, so that damage is noticed instead of handed on.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Ends the names of files that a crash may leave half written. */
const HALF = '.half';
const NEWLINE = 0x0a;

/** What a file holds: its head as JSON, and bytes. */
export interface FileContent<H> {
  readonly head: H;
  readonly body: Uint8Array;
}

function checksum(head: string, body: Uint8Array): string {
  return createHash('sha256').update(head).update('\n').update(body).digest('hex');
}

/** Makes folders that survive a crash. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { recursive: true, mode: 0o700 });
  syncFolder(dirname(path));
}

function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Replaces a file; durable when it returns. One writer for each path at a time. */
export function writeDurably<H>(path: string, content: FileContent<H>): void {
  const folder = dirname(path);
  makeFolder(folder);
  const half = `${path}${HALF}`;
  const head = JSON.stringify(content.head);
  const fd = openSync(half, 'w', 0o600);
  try {
    writeWhole(fd, Buffer.from(`${checksum(head, content.body)}\n${head}\n`));
    writeWhole(fd, content.body);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(half, path);
  syncFolder(folder);
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

/**
 * @returns undefined where there is no such file
 * @throws where it is damaged
 */
export function readDurable<H>(path: string): FileContent<H> | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const first = bytes.indexOf(NEWLINE);
  const second = bytes.indexOf(NEWLINE, first + 1);
  const head = bytes.toString('utf8', first + 1, second);
  const body = bytes.subarray(second + 1);
  if (second < 0 || bytes.toString('latin1', 0, first) !== checksum(head, body)) throw new Error(`${path} is damaged`);
  return { head: JSON.parse(head) as H, body: new Uint8Array(body.buffer, body.byteOffset, body.byteLength) };
}

/** Names of the whole files in a folder; none where there is no folder. */
export function listDurable(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => !name.endsWith(HALF));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Deletes files of a folder, and the folder once it is empty; durable when it returns. */
export function removeFrom(folder: string, choose: (name: string) => boolean): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) if (choose(name)) rmSync(join(folder, name), { force: true });
  syncFolder(folder);
  if (readdirSync(folder).length > 0) return;
  rmdirSync(folder);
  syncFolder(dirname(folder));
}
