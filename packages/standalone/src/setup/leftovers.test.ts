import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { daemonPaths } from './daemon.ts';
import { clearLeftovers, isProcessOf, mountsBelow, stopProcess } from './leftovers.ts';

const MOUNTINFO = `22 27 0:20 / /proc rw - proc proc rw
43 27 254:0 /c/docker/root /c/docker/root rw shared:1 - ext4 /dev/vda rw
47 43 0:39 / /c/docker/root/overlay2/x/merged rw shared:3 - overlay overlay rw
48 43 0:39 / /c/docker-of-another/root rw - ext4 /dev/vda rw
51 27 0:4 net:[1] /c/docker/exec/with\\040space rw - nsfs nsfs rw`;

test('S5 only mounts in the daemon’s own folder are found, the deepest first', () => {
  expect(mountsBelow(MOUNTINFO, '/c/docker')).toEqual([
    '/c/docker/exec/with space',
    '/c/docker/root/overlay2/x/merged',
    '/c/docker/root',
  ]);
});

test('S5 a process is ours only where an argument names our folder', async () => {
  const child = spawn('sleep', ['1000'], { argv0: '/c/docker/exec/x' });
  try {
    await once(child, 'spawn');
    expect(isProcessOf(child.pid!, '/c/docker')).toBe(true);
    expect(isProcessOf(child.pid!, '/c/dock')).toBe(false);
    expect(isProcessOf(child.pid!, '/c/docker/exec/xy')).toBe(false);
    expect(isProcessOf(0, '/c/docker')).toBe(false);
  } finally {
    child.kill('SIGKILL');
  }
});

test('S5 a folder is told apart whatever characters its name has', async () => {
  const child = spawn('sleep', ['1000'], { argv0: '--root=/c/a=b:c/docker/exec/x' });
  try {
    await once(child, 'spawn');
    expect(isProcessOf(child.pid!, '/c/a=b:c/docker')).toBe(true);
    expect(isProcessOf(child.pid!, '/c/a=b')).toBe(false);
  } finally {
    child.kill('SIGKILL');
  }
});

test('S5 what a daemon left in the machine’s own containerd is found by its namespace, and nothing else there', async () => {
  const paths = daemonPaths(join(mkdtempSync(join(tmpdir(), 'left-')), 'docker'));
  const shim = (namespace: string) => {
    const args = ['-c', 'echo up; read line', '-namespace', namespace, '-id', 'a'.repeat(64)];
    return spawn('/bin/sh', args, { argv0: '/usr/bin/containerd-shim-runc-v2', stdio: ['pipe', 'pipe', 'ignore'] });
  };
  const [ours, docker, another] = [paths.namespace, 'moby', `${paths.namespace}0`].map(shim);
  try {
    await Promise.all([ours, docker, another].map((each) => once(each!.stdout, 'data')));
    const exited = once(ours!, 'exit');
    await clearLeftovers(paths);
    expect(await exited).toEqual([null, 'SIGKILL']);
    expect([docker, another].map((each) => each!.exitCode ?? each!.signalCode)).toEqual([null, null]);
  } finally {
    for (const each of [ours, docker, another]) each!.kill('SIGKILL');
    rmSync(dirname(paths.folder), { recursive: true });
  }
});

test('a process that ignores SIGTERM is killed', async () => {
  const child = spawn('sh', ['-c', 'trap "" TERM; echo on; while :; do sleep 0.1; done'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  await stopProcess(child.pid!, 100);
  expect(await exited).toEqual([null, 'SIGKILL']);
});
