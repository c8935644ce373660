/** What the machine must be before anything is set up. Names everything that is missing at once. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Oldest Node that runs these scripts; the rest runs on the Node that they install. */
const NODE_MAJOR = 20;
/** Oldest Debian whose packages are known to work: its backports have the gVisor that we need. */
const DEBIAN_MAJOR = 12;
/** Processors that Debian's gVisor is built for. */
const PROCESSORS = ['x64', 'arm64'];
/** Commands that every Debian has and that are used before anything is installed. */
const COMMANDS = ['apt-get', 'dpkg-query', 'flock', 'setpriv', 'unshare', 'mount'];

/** What is looked at; handed in so that tests can describe another machine. */
export function thisMachine() {
  return {
    platform: process.platform,
    processor: process.arch,
    node: process.versions.node,
    uid: process.getuid?.() ?? -1,
    osRelease: existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '',
    hasCommand: (name) => (process.env.PATH ?? '').split(':').some((folder) => executable(join(folder, name))),
    cgroups: memoryCgroup(),
  };
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether the kernel's memory limits can be used, under either layout of the control groups. */
function memoryCgroup() {
  if (existsSync('/sys/fs/cgroup/memory')) return true;
  const unified = '/sys/fs/cgroup/cgroup.controllers';
  return existsSync(unified) && readFileSync(unified, 'utf8').split(/\s+/).includes('memory');
}

/** One field of os-release. */
export function osReleaseField(text, name) {
  const line = text.split('\n').find((each) => each.startsWith(`${name}=`));
  return line?.slice(name.length + 1).replace(/^["']|["']\s*$/g, '') ?? '';
}

/**
 * @param {ReturnType<typeof thisMachine>} machine
 * @returns {{ missing: string[], todo: string[] }} empty lists when all is there
 */
export function checkSystem(machine) {
  const missing = [];
  const todo = [];
  const need = (met, what, how) => {
    if (met) return;
    missing.push(what);
    if (how) todo.push(how);
  };
  need(
    Number.parseInt(machine.node, 10) >= NODE_MAJOR,
    `Node ${NODE_MAJOR} or newer (this is ${machine.node})`,
    'install a newer Node and npm, for example from nodejs.org',
  );
  if (machine.platform !== 'linux') {
    need(false, `Linux (this is ${machine.platform})`, 'run it in a Debian 12 virtual machine');
    return { missing, todo };
  }
  const id = osReleaseField(machine.osRelease, 'ID');
  const version = Number.parseInt(osReleaseField(machine.osRelease, 'VERSION_ID') || '999', 10);
  need(
    id === 'debian' && version >= DEBIAN_MAJOR,
    `Debian ${DEBIAN_MAJOR} or newer (this is ${osReleaseField(machine.osRelease, 'PRETTY_NAME') || 'unknown'})`,
    'run it on Debian 12, for example in a virtual machine',
  );
  need(
    PROCESSORS.includes(machine.processor),
    `a processor that gVisor supports: ${PROCESSORS.join(' or ')} (this is ${machine.processor})`,
  );
  need(
    machine.uid === 0,
    'root, to install packages and to give the web process a user of its own',
    'run the same command as root: sudo npm start',
  );
  const absent = COMMANDS.filter((name) => !machine.hasCommand(name));
  need(absent.length === 0, `the commands ${absent.join(', ')}`, 'install util-linux, mount and apt');
  need(machine.hasCommand('npm'), 'npm', 'install npm');
  need(
    machine.cgroups,
    'control groups with the memory controller: a sandbox could not be bounded',
    'mount them under /sys/fs/cgroup, or start the machine with them enabled',
  );
  return { missing, todo };
}
