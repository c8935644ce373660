/**
 * The data directory: the web process owns it, except the runner's subfolder. Secrets are made here once.
 *
 *     DATA_DIR/            web's user, 0700
 *       guest-key          signs guests' ids
 *       link-token         by which the runner proves itself; both read it, so each gets the path it may read
 *       runner/            root, 0700
 *         instance         name of this installation; its sandboxes carry it as a label
 *         link-token       the same secret for the runner
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { SetupError } from '../../../../scripts/lib/progress.mjs';

/** User and group of the web process: numbers that no Debian package takes; no entry in passwd is needed. */
export const WEB_USER = 46_120;
/** Bytes of a secret: 256 bits. */
const SECRET_BYTES = 32;
/** Bytes of an installation's name. */
const INSTANCE_BYTES = 6;
/** Letters of the least secret that is taken from a file: 128 bits as hexadecimal. */
const SECRET_LEAST = 32;

export interface DataPlaces {
  readonly folder: string;
  readonly runner: string;
  readonly guestKey: string;
  /** The link's secret where the web process reads it. */
  readonly webToken: string;
  /** The link's secret where the runner reads it. */
  readonly runnerToken: string;
  /** Name of this installation. */
  readonly instance: string;
}

/** Reads a secret, making it where there is none. Never follows a link, so that nobody else's file is overwritten. */
function secret(path: string, bytes: number, owner: number): string {
  if (existsSync(path)) {
    if (!lstatSync(path).isFile()) throw new SetupError(`${path} is not a plain file`, ['move it away']);
  } else {
    writeFileSync(path, `${randomBytes(bytes).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  }
  own(path, owner, 0o600);
  return readFileSync(path, 'utf8').trim();
}

function own(path: string, owner: number, mode: number): void {
  if (process.getuid?.() === 0) chownSync(path, owner, owner);
  chmodSync(path, mode);
}

/** Hands everything below a folder to the web process, except the runner's subfolder. Links are not followed. */
function ownAll(folder: string, except: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (path === except || entry.isSymbolicLink()) continue;
    const { uid } = lstatSync(path);
    if (uid !== WEB_USER && process.getuid?.() === 0) chownSync(path, WEB_USER, WEB_USER);
    if (entry.isDirectory()) ownAll(path, except);
  }
}

/**
 * Makes the folder and what belongs in it, and puts owners and modes right (a restored backup often has others).
 * @param tokenFile the setting LINK_TOKEN_FILE, where two machines share a secret
 */
export function prepareData(folder: string, tokenFile: string | undefined): DataPlaces {
  refuseDangerous(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const runner = join(folder, 'runner');
  mkdirSync(runner, { recursive: true, mode: 0o700 });
  ownAll(folder, runner);
  own(folder, WEB_USER, 0o700);
  own(runner, 0, 0o700);
  const guestKey = join(folder, 'guest-key');
  secret(guestKey, SECRET_BYTES, WEB_USER);
  const webToken = join(folder, 'link-token');
  const runnerToken = join(runner, 'link-token');
  if (tokenFile) copySecret(readToken(tokenFile), webToken, WEB_USER);
  const token = secret(webToken, SECRET_BYTES, WEB_USER);
  copySecret(token, runnerToken, 0);
  return {
    folder,
    runner,
    guestKey,
    webToken,
    runnerToken,
    instance: secret(join(runner, 'instance'), INSTANCE_BYTES, 0),
  };
}

function copySecret(text: string, path: string, owner: number): void {
  if (existsSync(path) && !lstatSync(path).isFile())
    throw new SetupError(`${path} is not a plain file`, ['move it away']);
  writeFileSync(path, `${text}\n`, { mode: 0o600 });
  own(path, owner, 0o600);
}

/** Reads the secret that two machines share. */
export function readToken(path: string): string {
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
function refuseDangerous(folder: string): void {
  const homes = [
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
  if (dirname(folder) === folder || homes.includes(folder)) {
    throw new SetupError(`DATA_DIR=${folder}: would take over a folder that holds other things`, [
      `choose a folder of its own, such as ${join(folder, 'codeconnected')}`,
    ]);
  }
  const marks = existsSync(folder) ? readdirSync(folder) : [];
  if (marks.length > 0 && !marks.includes('runner') && !marks.includes('guest-key')) {
    throw new SetupError(`DATA_DIR=${folder}: has files in it that are not Codeconnected’s`, [
      'choose an empty folder',
    ]);
  }
}
