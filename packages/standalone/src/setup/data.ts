/**
 * The data directory. Root owns it, so that a breached web process cannot put a link where root writes; each process
 * has a folder of its own in it.
 *
 *     DATA_DIR/            root, 0710: the web process may pass through
 *       guest-key          signs guests' ids
 *       link-token         by which the runner proves itself
 *       web/               the web process: people's data
 *       compiled/          the web process: its code as Node compiled it; may be deleted
 *       runner/            root: what the runner and the supervisor keep
 *         instance         name of this installation; its sandboxes carry it as a label
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { SetupError } from '../../../../scripts/lib/progress.mjs';

/** User and group of the web process: a number that no Debian package takes; no entry in passwd is needed. */
export const WEB_USER = 46_120;
/** Bytes of a secret: 256 bits. */
const SECRET_BYTES = 32;
/** Bytes of an installation's name. */
const INSTANCE_BYTES = 6;
/** Characters of the least secret that is taken from a file: 128 bits as hexadecimal. */
const SECRET_LEAST = 32;

export interface DataPlaces {
  readonly folder: string;
  /** The web process's own folder. */
  readonly web: string;
  /** What the web process's Node keeps of its compiled code: 20 MB less memory and a quicker start. */
  readonly compiled: string;
  /** The runner's own folder. */
  readonly runner: string;
  readonly guestKey: string;
  readonly linkToken: string;
  /** Name of this installation. */
  readonly instance: string;
}

function own(path: string, user: number, group: number, mode: number): void {
  if (process.getuid?.() === 0) chownSync(path, user, group);
  chmodSync(path, mode);
}

/** Reads a secret, making it where there is none. */
function secret(path: string, bytes: number, group: number): string {
  if (!existsSync(path)) put(path, randomBytes(bytes).toString('hex'));
  if (!lstatSync(path).isFile()) throw new SetupError(`${path} is not a plain file`, ['move it away']);
  own(path, 0, group, group === 0 ? 0o600 : 0o640);
  return readFileSync(path, 'utf8').trim();
}

/** Writes a file so that it is either whole or not there. */
function put(path: string, text: string): void {
  const partial = `${path}.new`;
  writeFileSync(partial, `${text}\n`, { mode: 0o600 });
  renameSync(partial, path);
}

/**
 * Hands everything below a folder to the web process. Only for folders that were not its own yet (a backup that root
 * restored): in its own it could swap a file for a link meanwhile.
 */
function handOver(path: string): void {
  lchownSync(path, WEB_USER, WEB_USER);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) handOver(join(path, name));
}

/**
 * Makes the folder and what belongs in it, and puts owners and modes right.
 * @param tokenFile the setting LINK_TOKEN_FILE, where two machines share a secret
 */
export function prepareData(folder: string, tokenFile: string | undefined): DataPlaces {
  refuseOthers(folder);
  const web = join(folder, 'web');
  const compiled = join(folder, 'compiled');
  const runner = join(folder, 'runner');
  mkdirSync(folder, { recursive: true, mode: 0o710 });
  own(folder, 0, WEB_USER, 0o710);
  for (const path of [web, compiled, runner]) mkdirSync(path, { recursive: true, mode: 0o700 });
  own(runner, 0, 0, 0o700);
  for (const path of [web, compiled]) {
    if (process.getuid?.() === 0 && lstatSync(path).uid !== WEB_USER) handOver(path);
    chmodSync(path, 0o700);
  }
  const guestKey = join(folder, 'guest-key');
  secret(guestKey, SECRET_BYTES, WEB_USER);
  const linkToken = join(folder, 'link-token');
  if (tokenFile) put(linkToken, readToken(tokenFile));
  secret(linkToken, SECRET_BYTES, WEB_USER);
  const instance = secret(join(runner, 'instance'), INSTANCE_BYTES, 0);
  return { folder, web, compiled, runner, guestKey, linkToken, instance };
}

/** Reads the secret that two machines share. */
function readToken(path: string): string {
  if (!existsSync(path)) {
    throw new SetupError(`LINK_TOKEN_FILE=${path}: there is no such file`, [
      'copy link-token from the data directory of the web machine to it',
    ]);
  }
  const text = readFileSync(path, 'utf8').trim();
  if (text.length < SECRET_LEAST) {
    throw new SetupError(`LINK_TOKEN_FILE=${path}: too short for a secret`, [
      `put ${SECRET_BYTES} random bytes in it: openssl rand -hex ${SECRET_BYTES}`,
    ]);
  }
  return text;
}

/** Folders that hold a system's or a person's other files: their owner is not ours to change. */
function refuseOthers(folder: string): void {
  const known = [
    process.env.HOME,
    '/root',
    '/home',
    '/tmp',
    '/var',
    '/var/lib',
    '/etc',
    '/usr',
    '/opt',
    '/srv',
    '/mnt',
  ];
  if (dirname(folder) === folder || known.includes(folder)) {
    throw new SetupError(`DATA_DIR=${folder}: would take over a folder that holds other things`, [
      `choose a folder of its own, such as ${join(folder, 'codeconnected')}`,
    ]);
  }
  const names = existsSync(folder) ? readdirSync(folder) : [];
  if (names.length > 0 && !names.includes('runner')) {
    throw new SetupError(`DATA_DIR=${folder}: has files in it that are not Codeconnected’s`, [
      'choose an empty folder',
    ]);
  }
}
