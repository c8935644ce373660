/** Installs what is missing from Debian, without changing the machine's sources or starting its services. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  debianArchive,
  machineArchives,
  machineRelease,
  suiteStanza,
} from '@codeconnected/runner/image/apt-sources.ts';
import { command } from '../../../../scripts/lib/command.mjs';
import { type Lock, lock } from '../../../../scripts/lib/lock.mjs';
import { SetupError, step } from '../../../../scripts/lib/progress.mjs';
import { hasProgram, programPath } from './programs.ts';
import { holdServices, keepServicesOff, policyIsOurs, removePolicy, SERVICE_PACKAGES } from './services.ts';

/** Debian 12's own gVisor (20221219) fails under a process limit; this is the oldest that holds. */
const GVISOR_LEAST = '0.0~20240729';
/** Waits while another apt runs, seconds. */
const APT_LOCK_SECONDS = 300;

/** Held while packages install: one answer to dpkg at a time. In a folder that only root may write. */
const INSTALL_LOCK = '/run/codeconnected/install.lock';
/** What apt says where it would remove packages and may not. */
const WOULD_REMOVE = /packages need to be removed/i;
/** What apt says where an installation was broken off. */
const BROKEN_OFF = /dpkg was interrupted/i;

const AGAIN = [
  'check that the Debian mirror of this machine can be reached: apt-get update',
  'finish an installation that was broken off: dpkg --configure -a',
];

/** What a machine needs to build images. */
export const IMAGE_PACKAGES = ['mmdebstrap'] as const;
/** What the tests need besides: a browser, letters for it to draw, and a look at system calls. */
export const TEST_PACKAGES = ['chromium', 'fonts-dejavu-core', 'fonts-noto-color-emoji', 'strace'] as const;

/**
 * The daemon's packages on this machine. One that has a dockerd, from whichever package, keeps it: Debian's would take
 * its place. A kernel with AppArmor needs its parser, or no container starts.
 * @param path folders that programs are looked for in
 */
export function daemonPackages(path = programPath()): readonly string[] {
  const enabled = '/sys/module/apparmor/parameters/enabled';
  const apparmor = existsSync(enabled) && readFileSync(enabled, 'utf8').startsWith('Y');
  return [...(hasProgram('dockerd', path) ? [] : ['docker.io']), 'runsc', ...(apparmor ? ['apparmor'] : [])];
}

/** @returns the installed version, or undefined */
export async function installedVersion(name: string): Promise<string | undefined> {
  const answer = await command('dpkg-query', ['-W', '-f=\x24{db:Status-Status} \x24{Version}', name]).catch(() => '');
  const [status, version] = answer.trim().split(' ');
  return status === 'installed' ? version : undefined;
}

async function isAtLeast(version: string, least: string): Promise<boolean> {
  return command('dpkg', ['--compare-versions', version, 'ge', least]).then(
    () => true,
    () => false,
  );
}

/** Whether a package is there in a version that is good enough. */
async function isPresent(name: string): Promise<boolean> {
  const version = await installedVersion(name);
  if (version === undefined) return false;
  return name === 'runsc' ? isAtLeast(version, GVISOR_LEAST) : true;
}

/** The names that are not installed, or too old. */
export async function missingDebianPackages(names: readonly string[]): Promise<string[]> {
  const present = await Promise.all(names.map(isPresent));
  return names.filter((_, index) => !present[index]);
}

/** Installs the missing ones of these packages; does nothing at all where none is missing. */
export async function ensureDebianPackages(names: readonly string[]): Promise<void> {
  const missing = await missingDebianPackages(names);
  if (missing.length > 0 || policyIsOurs()) await install(names);
}

async function install(names: readonly string[]): Promise<void> {
  const held = await installLock();
  try {
    removePolicy();
    // What another command has installed meanwhile.
    const missing = await missingDebianPackages(names);
    if (missing.length === 0) return;
    const brought = await missingDebianPackages(SERVICE_PACKAGES);
    await step(`installing ${missing.join(', ')} from Debian`, async (report) => {
      const scratch = mkdtempSync(join(tmpdir(), 'codeconnected-apt-'));
      chmodSync(scratch, 0o755);
      const allowServices = holdServices();
      try {
        const plain = missing.filter((name) => name !== 'runsc');
        if (plain.length > 0) await installPlain(plain, report);
        if (missing.includes('runsc')) await installGvisor(scratch, report);
        if (missing.includes('docker.io')) await keepServicesOff(brought);
      } finally {
        allowServices();
        rmSync(scratch, { recursive: true, force: true });
      }
    });
  } finally {
    held.release();
  }
}

function installLock(): Promise<Lock> {
  return lock(INSTALL_LOCK, {
    waiting: () => process.stdout.write('… another command installs packages on this machine, waiting for it\n'),
  });
}

/** From the machine's own sources. */
async function installPlain(names: readonly string[], report: (how: string) => void): Promise<void> {
  let updated = false;
  // A fresh machine has no package lists, and old ones name files that the mirror has dropped.
  if (!(await canInstall(names))) {
    report('reading the package lists');
    await apt(['update'], []);
    updated = true;
  }
  await apt(['install', ...names], [], report).catch(async (error: unknown) => {
    if (updated) throw error;
    report('reading the package lists anew');
    await apt(['update'], []);
    await apt(['install', ...names], [], report);
  });
}

async function canInstall(names: readonly string[]): Promise<boolean> {
  return command('apt-get', ['install', '--simulate', '--no-remove', '--no-install-recommends', ...names]).then(
    () => true,
    () => false,
  );
}

/**
 * Runs apt-get, which removes nothing that is there: the machine is not ours alone.
 * @param args the verb, then names
 * @throws SetupError with the last lines of what it said
 */
export async function apt(
  args: readonly string[],
  options: readonly string[],
  report?: (how: string) => void,
): Promise<void> {
  try {
    await aptOnce(args, options, report);
  } catch (error) {
    const said = error instanceof SetupError ? error.details.join('\n') : '';
    const names = args.slice(1).join(' ');
    if (WOULD_REMOVE.test(said)) {
      throw new SetupError(
        `installing ${names} from Debian would remove packages of this machine`,
        [`see which: apt-get install --simulate ${names}`, 'remove them yourself where they may go'],
        (error as SetupError).details,
      );
    }
    if (!BROKEN_OFF.test(said)) throw error;
    report?.('finishing an installation that was broken off');
    await command('dpkg', ['--configure', '-a'], { env: quiet(), again: AGAIN });
    await aptOnce(args, options, report);
  }
}

async function aptOnce(
  args: readonly string[],
  options: readonly string[],
  report?: (how: string) => void,
): Promise<void> {
  const [verb = '', ...names] = args;
  await command(
    'apt-get',
    [
      '--yes',
      '--no-remove',
      '--no-install-recommends',
      '-o',
      `DPkg::Lock::Timeout=${APT_LOCK_SECONDS}`,
      '-o',
      'Dpkg::Options::=--force-confdef',
      '-o',
      'Dpkg::Options::=--force-confold',
      ...options,
      verb,
      ...names,
    ],
    {
      env: quiet(),
      what: `apt-get ${args.join(' ')}`,
      line: (line) => report?.(line.slice(0, 60)),
      again: AGAIN,
    },
  );
}

/** Asks nobody anything, and speaks the language that its complaints are read in. */
function quiet(): NodeJS.ProcessEnv {
  return { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l', LC_ALL: 'C.UTF-8' };
}

/** gVisor from backports, by a source of its own that only these two commands see. */
async function installGvisor(scratch: string, report: (how: string) => void): Promise<void> {
  const codename = machineRelease() ?? 'bookworm';
  const policy = await command('apt-cache', ['policy', 'runsc']).catch(() => '');
  const candidate = /Candidate: (\S+)/.exec(policy)?.[1];
  if (candidate && candidate !== '(none)' && (await isAtLeast(candidate, GVISOR_LEAST))) {
    await apt(['install', 'runsc'], [], report);
    return;
  }
  const archive = debianArchive(machineArchives(), codename);
  if (!archive) {
    throw new SetupError(`no apt source of this machine offers Debian ${codename}`, [
      'add the usual one to /etc/apt/sources.list, then apt-get update',
    ]);
  }
  const suite = `${codename}-backports`;
  const lists = join(scratch, 'lists');
  mkdirSync(join(lists, 'partial'), { recursive: true });
  const source = join(scratch, 'backports.sources');
  writeFileSync(source, suiteStanza(archive, suite), { mode: 0o644 });
  // Lists in a folder of their own: an update with other sources would delete the machine's.
  const options = [
    '-o',
    `Dir::Etc::SourceList=/dev/null`,
    '-o',
    `Dir::Etc::SourceParts=${scratch}`,
    '-o',
    `Dir::State::Lists=${lists}`,
    '-o',
    'Dir::Cache::pkgcache=',
    '-o',
    'Dir::Cache::srcpkgcache=',
  ];
  report(`reading the package lists of ${suite}`);
  await apt(['update'], options);
  await apt(['install', '--target-release', suite, 'runsc'], options, report);
}
