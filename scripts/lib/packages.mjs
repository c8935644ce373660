/** Brings node_modules to what the lockfile says, and touches nothing where it is so already. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.mjs';
import { lock } from './lock.mjs';
import { SetupError, step } from './progress.mjs';

/** The Node that everything after these scripts runs on. */
const NODE_MAJOR = 24;
/** How often it is looked how far npm is, milliseconds. */
const LOOK_MILLISECONDS = 500;
/** Locks of commands in one clone: files of their own, which others need not open, and which npm does not throw away. */
const LOCKS = '.locks';

/**
 * The file that is locked while something of a clone is made.
 * @param {string} root the clone
 * @param {string} name what is made
 */
export function cloneLock(root, name) {
  return join(root, LOCKS, name);
}

/**
 * What of a lockfile is not installed. npm keeps its own record of what it put into node_modules, written last, so a
 * broken-off installation counts as none.
 * @param {{ packages: Record<string, { version?: string, link?: boolean, dev?: boolean, optional?: boolean,
 *   devOptional?: boolean }> }} wanted package-lock.json
 * @param {{ packages: Record<string, { version?: string }> } | undefined} installed node_modules/.package-lock.json
 * @param {{ dev: boolean }} options whether what only tests need counts
 * @returns {string[]} paths of the packages that are missing or of another version
 */
export function missingPackages(wanted, installed, { dev }) {
  const missing = [];
  for (const [path, entry] of Object.entries(wanted.packages)) {
    if (!path.includes('node_modules/') || entry.optional || entry.devOptional) continue;
    if (entry.dev && !dev) continue;
    const present = installed?.packages[path];
    if (!present || (!entry.link && present.version !== entry.version)) missing.push(path);
  }
  return missing;
}

function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/** The path of npm's Node, which everything else and the web process run on; undefined where it is missing or too old. */
export async function nodeBinary(root) {
  const node = join(root, 'node_modules/.bin/node');
  if (!existsSync(node)) return undefined;
  const version = await command(node, ['--version']).catch(() => '');
  return Number.parseInt(version.slice(1), 10) >= NODE_MAJOR ? node : undefined;
}

/**
 * @param {string} root the clone
 * @param {{ dev: boolean }} options
 * @returns {Promise<string>} the Node to go on with
 */
export async function ensurePackages(root, { dev }) {
  const missing = () =>
    missingPackages(
      readJson(join(root, 'package-lock.json')),
      readJson(join(root, 'node_modules/.package-lock.json')),
      {
        dev,
      },
    );
  const held = await lock(cloneLock(root, 'packages'), {
    waiting: () => process.stdout.write('… another command installs packages in this clone, waiting for it\n'),
  });
  try {
    const lacking = missing();
    const fresh = !existsSync(join(root, 'node_modules/.package-lock.json'));
    if (lacking.length > 0) {
      await step('installing npm packages', async (report) => {
        // npm says nothing while it works; the folders that appear do.
        const look = setInterval(() => {
          const there = lacking.filter((path) => existsSync(join(root, path, 'package.json'))).length;
          report(`${there} of ${lacking.length}`);
        }, LOOK_MILLISECONDS);
        // `npm ci` deletes what is there first: something may be running from it, so it is for empty clones only.
        const verb = fresh ? ['ci'] : ['install', '--no-save'];
        await command('npm', [...verb, dev ? '--include=dev' : '--omit=dev', '--no-audit', '--no-fund'], {
          cwd: root,
          env: { ...process.env, NODE_ENV: '' },
          what: `npm ${verb.join(' ')}`,
          // An npm that outlives us goes on holding the lock: a second one beside it would spoil its work.
          stdio: [held.fd],
          again: ['check that the npm registry can be reached: npm ping', 'look at the free space: df -h .'],
        }).finally(() => clearInterval(look));
      });
    }
    const node = await nodeBinary(root);
    if (!node) {
      throw new SetupError(`Node ${NODE_MAJOR} did not install`, [
        'if npm is set to ignore install scripts, allow them: npm config set ignore-scripts false',
        'delete node_modules',
      ]);
    }
    return node;
  } finally {
    held.release();
  }
}
