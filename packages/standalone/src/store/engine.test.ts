import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { drawAccessId, type LanguageId, type PersonId, type RoomId } from '@codeconnected/core/room/ids.ts';
import { loggedUpdate } from '@codeconnected/core/room/update-log.contract.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASE_FILE } from './database.ts';
import { Engine } from './engine.ts';
import { GroupCommit } from './group-commit.ts';
import { SCHEMA_VERSION } from './migrations.ts';
import { roomFolder } from './room-folder.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'codeconnected-engine-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const TEXT = { title: '', language: undefined, entry: undefined, files: [] };
const newRoom = () => drawAccessId() as RoomId;

async function fill(engine: Engine, room: RoomId): Promise<void> {
  await engine.log.append(room, loggedUpdate('a#1'));
  await engine.snapshots.write(room, { update: new Uint8Array([1]), text: TEXT }, undefined);
  await engine.history.archive(room, { id: 's', entries: [loggedUpdate('a#0')] });
  await engine.history.record(room, { kind: 'left', at: 1, person: 'p' as PersonId });
  await engine.sessions.create({
    id: room,
    epoch: 'e',
    creator: 'p' as PersonId,
    origin: 'o',
    language: 'python' as LanguageId,
    createdAt: 1,
    lastUsedAt: 1,
    terminalEpoch: 0,
  });
}

async function traces(engine: Engine, room: RoomId): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const page of engine.log.read(room)) found.push(page);
  for await (const page of engine.history.events(room)) found.push(page);
  for await (const segment of engine.history.segments(room)) found.push(segment);
  found.push(await engine.snapshots.read(room), await engine.sessions.read(room));
  return found.filter((each) => each !== undefined);
}

describe('the store', () => {
  it('removes all of a room and nothing of another', async () => {
    const engine = new Engine(dataDir);
    const [one, other] = [newRoom(), newRoom()];
    await fill(engine, one);
    await fill(engine, other);
    await engine.removeRoom(one);
    expect(await traces(engine, one)).toEqual([]);
    expect(existsSync(roomFolder(dataDir, one))).toBe(false);
    expect(await traces(engine, other)).toHaveLength(5);
    engine.close();
  });

  it('D1 removes no room that was used since it was found unused', async () => {
    const engine = new Engine(dataDir);
    const room = newRoom();
    await fill(engine, room);
    const { lastUsedAt } = (await engine.sessions.read(room))!;
    await engine.sessions.touch(room, lastUsedAt + 10);
    expect(await engine.removeRoom(room, lastUsedAt + 10)).toBe(false);
    expect(await traces(engine, room)).toHaveLength(5);
    expect(await engine.removeRoom(room, lastUsedAt + 11)).toBe(true);
    expect(await traces(engine, room)).toEqual([]);
    engine.close();
  });

  it('finishes at the next start a removal that a crash cut short', async () => {
    const room = newRoom();
    const first = new Engine(dataDir);
    await fill(first, room);
    first.close();
    const db = new DatabaseSync(join(dataDir, DATABASE_FILE));
    db.prepare('INSERT INTO removed (room) VALUES (?)').run(room);
    for (const table of ['log', 'events']) db.prepare(`DELETE FROM ${table} WHERE room = ?`).run(room);
    db.prepare('DELETE FROM sessions WHERE id = ?').run(room);
    db.close();
    const second = new Engine(dataDir);
    expect(await traces(second, room)).toEqual([]);
    expect(existsSync(roomFolder(dataDir, room))).toBe(false);
    second.close();
  });

  it('deletes at the next start what a crash left of rooms that never came to be', async () => {
    const first = new Engine(dataDir);
    const [room, young, old] = [newRoom(), newRoom(), newRoom()];
    await fill(first, room);
    await first.log.append(young, { ...loggedUpdate('a#1'), at: Date.now() });
    await first.log.append(old, { ...loggedUpdate('a#1'), at: 1 });
    first.close();
    const second = new Engine(dataDir);
    const weights = await Promise.all([room, young, old].map((each) => second.log.weight(each)));
    expect(weights.map(({ entries }) => entries)).toEqual([1, 1, 0]);
    second.close();
  });

  it('keeps of a room’s history what its budget holds, the latest, over a restart too', async () => {
    const room = newRoom();
    const large = (n: number) => ({
      id: `s${n}`,
      entries: [{ ...loggedUpdate(`a#${n}`), update: new Uint8Array(7_000) }],
    });
    const kept = async (engine: Engine) => {
      const ids: string[] = [];
      for await (const { id } of engine.history.segments(room)) ids.push(id);
      return ids;
    };
    const bounds = { historyBytes: 3 * 8_192 };
    const first = new Engine(dataDir, bounds);
    for (let n = 1; n <= 5; n++) await first.history.archive(room, large(n));
    expect(await kept(first)).toEqual(['s3', 's4', 's5']);
    first.close();
    const second = new Engine(dataDir, bounds);
    await second.history.archive(room, large(6));
    expect(await kept(second)).toEqual(['s4', 's5', 's6']);
    await second.history.archive(room, {
      id: 's7',
      entries: [{ ...loggedUpdate('a#7'), update: new Uint8Array(90_000) }],
    });
    expect(await kept(second)).toEqual(['s7']);
    second.close();
  });

  it('keeps the latest events of a room, no more than it may have', async () => {
    const engine = new Engine(dataDir);
    const room = newRoom();
    const person = 'p' as PersonId;
    await Promise.all(
      Array.from({ length: 5_010 }, (_, at) => engine.history.record(room, { kind: 'left', at, person })),
    );
    const times: number[] = [];
    for await (const page of engine.history.events(room)) times.push(...page.map(({ at }) => at));
    expect(times).toHaveLength(5_000);
    expect(times.at(-1)).toBe(5_009);
    engine.close();
  });

  it('P2 makes no path of anything but a room id', async () => {
    const engine = new Engine(dataDir);
    for (const bad of ['', '..', '../../etc/passwd', 'A'.repeat(23), `${'A'.repeat(20)}/A`, `${'A'.repeat(21)}B`]) {
      expect(() => roomFolder(dataDir, bad as RoomId), bad).toThrow('not a room id');
      await expect(engine.snapshots.read(bad as RoomId)).rejects.toThrow('not a room id');
      await expect(engine.removeRoom(bad as RoomId)).rejects.toThrow('not a room id');
    }
    expect(roomFolder(dataDir, newRoom()).startsWith(join(dataDir, 'rooms'))).toBe(true);
    engine.close();
  });

  it('says that a file is damaged instead of handing it on', async () => {
    const engine = new Engine(dataDir);
    const room = newRoom();
    await engine.snapshots.write(room, { update: new Uint8Array(100).fill(7), text: TEXT }, undefined);
    const path = join(roomFolder(dataDir, room), 'document');
    const whole = readFileSync(path);
    for (const damaged of [whole.subarray(0, -1), whole.subarray(0, 20), Buffer.alloc(0)]) {
      writeFileSync(path, damaged);
      await expect(engine.snapshots.read(room)).rejects.toThrow('damaged');
    }
    const flipped = Buffer.from(whole);
    flipped[flipped.length - 5]! ^= 1;
    writeFileSync(path, flipped);
    await expect(engine.snapshots.read(room)).rejects.toThrow('damaged');
    engine.close();
  });

  it('passes over a file that a crash left half written', async () => {
    const engine = new Engine(dataDir);
    const room = newRoom();
    await fill(engine, room);
    for (const name of readdirSync(roomFolder(dataDir, room))) {
      writeFileSync(join(roomFolder(dataDir, room), `${name}.half`), 'half');
    }
    expect(await traces(engine, room)).toHaveLength(5);
    await engine.removeRoom(room);
    expect(existsSync(roomFolder(dataDir, room))).toBe(false);
    engine.close();
  });

  it('refuses a data directory of a later version, and gives it back', () => {
    new Engine(dataDir).close();
    const db = new DatabaseSync(join(dataDir, DATABASE_FILE));
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    db.close();
    expect(() => new Engine(dataDir)).toThrow('later version');
    const again = new DatabaseSync(join(dataDir, DATABASE_FILE));
    again.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    again.close();
    new Engine(dataDir).close();
  });
});

describe('grouped commits', () => {
  function table() {
    const db = new DatabaseSync(':memory:');
    db.exec('CREATE TABLE t (n INTEGER PRIMARY KEY)');
    const commits: string[] = [];
    const exec = db.exec.bind(db);
    db.exec = (sql) => {
      commits.push(sql);
      exec(sql);
    };
    const insert = db.prepare('INSERT INTO t (n) VALUES (?)');
    const all = () =>
      db
        .prepare('SELECT n FROM t ORDER BY n')
        .all()
        .map(({ n }) => n);
    return { group: new GroupCommit(db), commits, insert, all };
  }

  it('D1 puts what waits into one transaction, and resolves after it', async () => {
    const { group, commits, insert, all } = table();
    const resolved: number[] = [];
    const writes = [1, 2, 3].map((n) => group.add(() => insert.run(n)).then(() => resolved.push(commits.length)));
    expect(commits).toEqual([]);
    await Promise.all(writes);
    expect(commits).toEqual(['BEGIN IMMEDIATE', 'COMMIT']);
    expect(resolved).toEqual([2, 2, 2]);
    expect(all()).toEqual([1, 2, 3]);
  });

  it('D1 rejects the one that cannot be written, and keeps the others', async () => {
    const { group, insert, all } = table();
    const results = await Promise.allSettled([1, 2, 2, 3].map((n) => group.add(() => insert.run(n))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(all()).toEqual([1, 2, 3]);
  });

  it('D1 rejects everything of a commit that fails', async () => {
    const { group, insert, all } = table();
    await group.add(() => insert.run(1));
    const db = new DatabaseSync(':memory:');
    db.exec('CREATE TABLE t (n INTEGER PRIMARY KEY)');
    const insertThere = db.prepare('INSERT INTO t (n) VALUES (?)');
    const exec = db.exec.bind(db);
    db.exec = (sql) => {
      if (sql === 'COMMIT') throw new Error('disk I/O error');
      exec(sql);
    };
    const failing = new GroupCommit(db);
    const results = await Promise.allSettled([1, 2].map((n) => failing.add(() => insertThere.run(n))));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(db.isTransaction).toBe(false);
    expect(all()).toEqual([1]);
  });
});
