/** Root file systems from Debian packages, with mmdebstrap and the machine's own mirror. */
import { writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { debianArchive, machineArchives, machineRelease, suiteStanza } from './apt-sources.ts';
import { command } from './command.ts';

/** Paths left out of every image: documentation and translations take a quarter of it and nobody reads them there. */
const LEFT_OUT = [
  '/usr/share/doc/*',
  '/usr/share/man/*',
  '/usr/share/info/*',
  '/usr/share/locale/*',
  '/usr/share/lintian/*',
];
/** What mmdebstrap takes over from the machine that builds. */
const HOST_SETTINGS = [
  '/etc/hostname',
  '/etc/resolv.conf',
  '/etc/apt/apt.conf.d/99mmdebstrap',
  '/etc/apt/sources.list',
  '/etc/apt/sources.list.d/*',
];
/** The one person in a sandbox; its uid is part of rule S2. */
export const SANDBOX_UID = 1000;
/** Home folder of that person, a tmpfs at run time. */
export const SANDBOX_HOME = '/home/user';
/** What mmdebstrap says → how far it then is. */
const STEPS: readonly (readonly [RegExp, string, number])[] = [
  [/running apt-get update/, 'Reading the package lists', 0.02],
  [/downloading packages/, 'Downloading packages', 0.1],
  [/extracting archives/, 'Unpacking', 0.35],
  [/installing essential/, 'Installing the base', 0.45],
  [/installing remaining/, 'Installing packages', 0.6],
  [/cleaning package/, 'Cleaning up', 0.85],
  [/creating tarball/, 'Packing', 0.9],
];

/**
 * A release's source as the machine would have it: from its own mirror, which carries Debian's other releases too, and
 * by the key that it trusts.
 * @param folder where apt's configuration stands
 */
export function releaseSource(suite: string, folder = '/etc/apt', osRelease = '/etc/os-release'): string {
  const codename = machineRelease(osRelease);
  const archive = debianArchive(machineArchives(folder), codename);
  if (!archive) throw new Error(`no Debian mirror for "${codename}" is configured in ${folder}`);
  return suiteStanza(archive, suite);
}

/** The machine's proxy settings for apt, if it has any. */
async function proxyOptions(): Promise<string[]> {
  const dump = await command('apt-config', ['dump', 'Acquire']).catch(() => '');
  const proxies = dump.match(/^Acquire::https?::Proxy ".*";$/gm) ?? [];
  return proxies.map((line) => `--aptopt=${line.replace(/;$/, '')}`);
}

export interface RootFileSystem {
  readonly suite: string;
  readonly packages: readonly string[];
  /** Shell commands run inside. */
  readonly setup: readonly string[];
  /** Files of this machine → executable paths inside. */
  readonly uploads: ReadonlyMap<string, string>;
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

export interface RootFileSystemWork {
  /** The tar file to write. */
  readonly target: string;
  /** A folder for the work, on the same disk. */
  readonly temporary: string;
  readonly signal?: AbortSignal;
  readonly progress: (step: string, done: number) => void;
}

/** Makes a root file system as a tar file. No program in it gains rights by being started (rule S2). */
export async function makeRootFileSystem(wanted: RootFileSystem, work: RootFileSystemWork): Promise<void> {
  const source = join(work.temporary, 'release.sources');
  await writeFile(source, releaseSource(wanted.suite));
  const home = `$1${SANDBOX_HOME}`;
  const hooks = [
    `echo 'user:x:${SANDBOX_UID}:${SANDBOX_UID}::${SANDBOX_HOME}:/bin/bash' >> "$1/etc/passwd"`,
    `echo 'user:x:${SANDBOX_UID}:' >> "$1/etc/group"`,
    `mkdir -p "${home}" && chown ${SANDBOX_UID}:${SANDBOX_UID} "${home}" && chmod 0700 "${home}"`,
    ...[...wanted.uploads].map(([from, to]) => `install -D -m 0755 -o root -g root ${quoted(from)} "$1"${quoted(to)}`),
    ...wanted.setup.map((line) => `chroot "$1" sh -c ${quoted(line)}`),
    'find "$1" -xdev -type f -perm /6000 -exec chmod ug-s {} +',
    'rm -rf "$1"/var/cache/debconf/*-old "$1"/var/lib/dpkg/*-old "$1"/var/log/* "$1"/usr/share/doc',
    // This machine's own: its name, its name servers, its mirror and proxy, the latter perhaps with a password (rule S3).
    `rm -rf ${HOST_SETTINGS.map((path) => `"$1"${path}`).join(' ')}`,
  ];
  // A namespace of its own for mounts and processes, and the kernel's word that all of it ends with this process:
  // so that a build which is killed leaves neither behind.
  const contained = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  await command(
    'setpriv',
    [
      ...contained,
      'mmdebstrap',
      '--variant=essential',
      '--mode=root',
      ...(wanted.packages.length > 0 ? [`--include=${wanted.packages.join(',')}`] : []),
      ...LEFT_OUT.map((path) => `--dpkgopt=path-exclude=${path}`),
      '--aptopt=APT::Install-Recommends "false"',
      ...(await proxyOptions()),
      ...hooks.map((hook) => `--customize-hook=${hook}`),
      '--format=tar',
      wanted.suite,
      work.target,
      source,
    ],
    {
      signal: work.signal,
      // unshare lets SIGTERM pass by while its child lives.
      killSignal: 'SIGKILL',
      env: { TMPDIR: work.temporary, LC_ALL: 'C.UTF-8' },
      line: (text) => {
        for (const [pattern, step, done] of STEPS) if (pattern.test(text)) work.progress(step, done);
      },
    },
  );
}

/** Node's name of this machine's architecture, as npm packages with binaries carry it. */
export function nodeArchitecture(): string {
  return arch();
}
