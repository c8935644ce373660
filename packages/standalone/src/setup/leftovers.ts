/**
 * Clears what a private daemon left when it was killed: processes that name the daemon's folder or its namespace in
 * containerd, mounts and files in its folder. Nothing else is looked at (rule S5).
 */
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../../../../scripts/lib/command.mjs';

/** Where the kernel shows control groups. */
const CGROUPS = '/sys/fs/cgroup';
/** How often a process that was told to end is looked at, milliseconds. */
const POLL_MILLISECONDS = 50;
/** Time for a process to vanish after SIGKILL, milliseconds. */
const KILLED_MILLISECONDS = 5000;

/** Command line of a process with its arguments apart, or undefined where there is none. */
function argumentsOf(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return undefined;
  }
}

/** Whether an argument is a path, or names one after `=` or `:`, at or below a folder. */
function names(argument: string, folder: string): boolean {
  for (let at = argument.indexOf(folder); at >= 0; at = argument.indexOf(folder, at + 1)) {
    const before = argument[at - 1] ?? '=';
    const behind = argument[at + folder.length] ?? '/';
    if (/[=:]/.test(before) && behind === '/') return true;
  }
  return false;
}

/** Whether a living process was started for a namespace of containerd: shims name it, their programs' paths hold it. */
function isProcessIn(pid: number, namespace: string): boolean {
  return argumentsOf(pid)?.some((argument) => argument.split('/').includes(namespace)) ?? false;
}

/** Whether a living process was started with a path at or below `path` among its arguments. */
export function isProcessOf(pid: number, path: string): boolean {
  if (!(pid > 1)) return false;
  return argumentsOf(pid)?.some((argument) => names(argument, path)) ?? false;
}

/** Programs that a daemon starts; anything else with the path in its arguments (an editor, a test) is not ours to end. */
const DAEMON_PROGRAMS =
  /(^|\/)(dockerd|containerd|containerd-shim[a-z0-9-]*|runsc|runsc-sandbox|runsc-gofer|runc|exe)$/;

function daemonProcesses(folder: string, namespace?: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => DAEMON_PROGRAMS.test(argumentsOf(pid)?.[0] ?? ''))
    .filter((pid) => isProcessOf(pid, folder) || (namespace !== undefined && isProcessIn(pid, namespace)));
}

/** Ends a process: SIGTERM, then SIGKILL. Resolves when it is gone or cannot be killed. */
export async function stopProcess(pid: number, patience: number): Promise<void> {
  if (await signalAndWait(pid, 'SIGTERM', patience)) return;
  await signalAndWait(pid, 'SIGKILL', KILLED_MILLISECONDS);
}

async function signalAndWait(pid: number, signal: NodeJS.Signals, patience: number): Promise<boolean> {
  const start = performance.now();
  try {
    process.kill(pid, signal);
    while (performance.now() - start < patience) {
      process.kill(pid, 0);
      if (isZombie(pid)) return true;
      await new Promise((done) => setTimeout(done, POLL_MILLISECONDS));
    }
    return false;
  } catch {
    return true;
  }
}

function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return true;
  }
}

/** Mount points at or below a folder, deepest first. */
export function mountsBelow(mountinfo: string, folder: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((path) => path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
    .filter((path) => path === folder || path.startsWith(`${folder}/`))
    .reverse();
}

/** The container that a shim serves. */
function containerOf(pid: number): string | undefined {
  const args = argumentsOf(pid) ?? [];
  const id = args[args.indexOf('-id') + 1] ?? '';
  return /^[0-9a-f]{64}$/.test(id) ? id : undefined;
}

/** The control groups of containers, under either layout. */
function groupsOf(containers: readonly string[]): string[] {
  const hierarchies = readdirSync(CGROUPS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return ['', ...hierarchies.map((entry) => entry.name)]
    .flatMap((folder) => containers.map((id) => join(CGROUPS, folder, 'docker', id)))
    .filter((path) => existsSync(path));
}

/** Removes groups; one can be removed once the last process in it is gone, which takes a moment. */
async function removeGroups(groups: readonly string[]): Promise<void> {
  const start = performance.now();
  let left = groups;
  while (left.length > 0 && performance.now() - start < KILLED_MILLISECONDS) {
    left = left.filter((path) => {
      try {
        rmdirSync(path);
        return false;
      } catch {
        return existsSync(path);
      }
    });
    if (left.length > 0) await new Promise((done) => setTimeout(done, POLL_MILLISECONDS));
  }
}

/** Kills processes with what they hold, and waits for it. */
async function killAll(processes: readonly number[]): Promise<void> {
  const containers = processes.flatMap((pid) => containerOf(pid) ?? []);
  for (const pid of processes) await signalAndWait(pid, 'SIGKILL', KILLED_MILLISECONDS);
  await removeGroups(groupsOf(containers));
}

/** @throws where a mount stays; one that has gone meanwhile is as good as unmounted */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = () => mountsBelow(readFileSync('/proc/self/mountinfo', 'utf8'), folder);
  for (const path of mounts()) await command('umount', ['--lazy', path]).catch(() => '');
  const [left] = mounts();
  if (left !== undefined) throw new Error(`${left} cannot be unmounted`);
}

/** Ends every daemon in a folder of tests, with its containers, and unmounts what they mounted there. */
export async function clearDaemonsBelow(folder: string): Promise<void> {
  await killAll(daemonProcesses(folder));
  await unmountBelow(folder);
}

/** Ends processes, unmounts and deletes state files, all by path or namespace. The images stay. */
export async function clearLeftovers(paths: {
  folder: string;
  exec: string;
  root: string;
  pid: string;
  namespace: string;
}): Promise<void> {
  await killAll(daemonProcesses(paths.folder, paths.namespace));
  await unmountBelow(paths.folder);
  rmSync(paths.pid, { force: true });
  rmSync(paths.exec, { recursive: true, force: true });
  rmSync(join(paths.root, 'containerd', 'daemon', 'io.containerd.runtime.v2.task'), { recursive: true, force: true });
}
