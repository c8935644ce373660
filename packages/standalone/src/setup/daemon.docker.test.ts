import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import Docker from 'dockerode';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { command } from '../../../../scripts/lib/command.mjs';
import { daemonPaths, type JoinedDaemon, joinDaemon } from './daemon.ts';
import { daemonInfo } from './engine.ts';
import { mountsBelow } from './leftovers.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };
/** Programs put into a small image of the test's own, with the libraries they load. */
const PROGRAMS = ['/bin/sleep'];

let folder: string;
let joined: JoinedDaemon[];
let holders: ChildProcess[];
const nothing = async () => {};

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'daemon-')), 'docker');
  joined = [];
  holders = [];
});
afterEach(async () => {
  for (const holder of holders) holder.kill('SIGKILL');
  for (const daemon of joined) await daemon.leave();
  // Whatever a failed test left: the last one to leave stops it.
  await (await joinDaemon(folder, nothing)).leave();
  rmSync(dirname(folder), { recursive: true, force: true });
});

async function joinHere(): Promise<JoinedDaemon> {
  const daemon = await joinDaemon(folder, nothing);
  joined.push(daemon);
  return daemon;
}
async function leave(daemon: JoinedDaemon): Promise<void> {
  joined = joined.filter((each) => each !== daemon);
  await daemon.leave();
}

/** Another process that uses the daemon until it is killed. */
async function userProcess(): Promise<ChildProcess> {
  const code = `
    import { joinDaemon } from ${JSON.stringify(resolve(import.meta.dirname, 'daemon.ts'))};
    await joinDaemon(${JSON.stringify(folder)}, async () => {});
    console.log('joined');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  holders.push(child);
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  await vi.waitFor(() => expect(said).toContain('joined'), PATIENCE);
  return child;
}

/** Command lines that name the daemon's folder, other than of this test's helpers. */
function processes(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((text) => text.includes(`${folder}/`) && !text.includes('joinDaemon'));
}
const mounts = () => mountsBelow(readFileSync('/proc/self/mountinfo', 'utf8'), folder);
const daemonPid = () => Number(readFileSync(daemonPaths(folder).pid, 'utf8'));

/** Starts a container in gVisor that sleeps. */
async function sleeper(): Promise<string> {
  const docker = new Docker({ socketPath: daemonPaths(folder).socket });
  const root = join(dirname(folder), 'image');
  const libraries = (await command('ldd', PROGRAMS)).match(/\/\S+\.so\S*/g) ?? [];
  for (const path of [...PROGRAMS, ...libraries]) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), readFileSync(path), { mode: 0o755 });
  }
  const archive = `${root}.tar`;
  await command('tar', ['-cf', archive, '-C', root, '.']);
  const stream = await docker.importImage(archive, { repo: 'sleeper', tag: 'latest' } as object);
  await new Promise((done) => docker.modem.followProgress(stream as unknown as NodeJS.ReadableStream, done));
  const container = await docker.createContainer({
    Image: 'sleeper',
    Cmd: ['/bin/sleep', '100000'],
    HostConfig: { Runtime: 'runsc', NetworkMode: 'none' },
  });
  await container.start();
  return container.id;
}

test('it starts with gVisor, and the last one out leaves no process and no mount', async () => {
  const daemon = await joinHere();
  expect((await daemonInfo(daemon.socket))?.Runtimes).toHaveProperty('runsc');
  await leave(daemon);
  expect(await daemonInfo(daemon.socket)).toBeUndefined();
  expect([processes(), mounts(), existsSync(daemon.socket)]).toEqual([[], [], false]);
});

test('a daemon that does not start leaves no process and no mount', async () => {
  const program = join(dirname(folder), 'bin');
  mkdirSync(program);
  writeFileSync(join(program, 'dockerd'), '#!/bin/sh\nexit 3\n', { mode: 0o755 });
  const path = process.env.PATH;
  process.env.PATH = `${program}:${path}`;
  try {
    await expect(joinDaemon(folder, nothing)).rejects.toThrow('did not start');
  } finally {
    process.env.PATH = path;
  }
  expect([processes(), mounts()]).toEqual([[], []]);
  await leave(await joinHere());
});

test('S5 one that is left is not started again by a watch that comes late', async () => {
  const daemon = await joinHere();
  const left = leave(daemon);
  await Promise.all([left, daemon.revive()]);
  expect([processes(), mounts()]).toEqual([[], []]);
});

test('it is shared: it goes on while another uses it', async () => {
  const first = await joinHere();
  const pid = daemonPid();
  const second = await joinHere();
  await leave(first);
  expect(daemonPid()).toBe(pid);
  expect(await daemonInfo(second.socket)).toBeDefined();
});

test('S5 a daemon whose only user was killed with -9 is found and used by the next, and stopped by it', async () => {
  const user = await userProcess();
  const pid = daemonPid();
  user.kill('SIGKILL');
  await once(user, 'exit');
  const daemon = await joinHere();
  expect(daemonPid()).toBe(pid);
  await leave(daemon);
  expect(processes()).toEqual([]);
});

test('S5 kill -9 of the daemon with a container running: the next start clears what it left', async () => {
  await joinHere();
  const container = await sleeper();
  expect(processes().some((text) => text.includes('runsc-sandbox'))).toBe(true);
  const before = daemonPid();
  process.kill(before, 'SIGKILL');
  await vi.waitFor(async () => expect(await daemonInfo(daemonPaths(folder).socket)).toBeUndefined(), PATIENCE);
  await joined[0]!.revive();
  expect(daemonPid()).not.toBe(before);
  expect(processes().filter((text) => text.includes('runsc') || text.includes('shim'))).toEqual([]);
  const groups = await command('find', ['/sys/fs/cgroup', '-maxdepth', '3', '-name', container]);
  expect(groups).toBe('');
  await leave(joined[0]!);
  expect([processes(), mounts()]).toEqual([[], []]);
});

test('a daemon that lives but does not answer is not started over, since that would end its containers', async () => {
  const daemon = await joinHere();
  const pid = daemonPid();
  process.kill(pid, 'SIGSTOP');
  try {
    await daemon.revive();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  expect(daemonPid()).toBe(pid);
});

test('S5 files of a crash that name another process are not believed', async () => {
  const paths = daemonPaths(folder);
  mkdirSync(folder, { recursive: true });
  writeFileSync(paths.pid, `${process.pid}`);
  writeFileSync(paths.socket, '');
  const daemon = await joinHere();
  expect(daemonPid()).not.toBe(process.pid);
  await leave(daemon);
});
