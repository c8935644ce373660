/**
 * The web process's surroundings: a user of its own without privileges, and a private mount namespace that shows it
 * the clone (read-only) and the data directory even where they lie in a folder that only root may enter.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { WEB_USER } from '../setup/data.ts';

/** Empty folders that the two are mounted on; in /run, which everybody may enter and which a restart empties. */
const MOUNTS = '/run/codeconnected';

/** Run in the new namespace: the mounts go with it, so no end of the process, however hard, leaves one behind. */
const ENTER = `set -e
mount --bind "$1" "$2"
mount -o remount,bind,ro "$2"
mount --bind "$3" "$4"
shift 4
cd "$1"
shift
exec setpriv --reuid=${WEB_USER} --regid=${WEB_USER} --clear-groups --no-new-privs --inh-caps=-all \\
  --bounding-set=-all --pdeathsig=TERM "$@"
`;

export interface WebRoom {
  /** The clone as the web process sees it. */
  readonly app: string;
  /** The data directory as the web process sees it. */
  readonly data: string;
  readonly file: string;
  /** Arguments before the program and its own. */
  readonly args: readonly string[];
}

/**
 * @param root the clone
 * @param data the data directory
 */
export function webRoom(root: string, data: string): WebRoom {
  const app = join(MOUNTS, 'app');
  const inside = join(MOUNTS, 'data');
  for (const folder of [app, inside]) mkdirSync(folder, { recursive: true, mode: 0o755 });
  return {
    app,
    data: inside,
    file: 'unshare',
    args: ['--mount', '--propagation=private', 'sh', '-c', ENTER, 'sh', root, app, data, inside, app],
  };
}
