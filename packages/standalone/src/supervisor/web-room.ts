/**
 * The web process's surroundings: a user of its own without privileges, and a private mount namespace that shows it
 * the clone (read-only) and the data directory even where they lie in a folder that only root may enter.
 */
import { join } from 'node:path';
import { WEB_USER } from '../setup/data.ts';

/** Empty folders that the two are mounted on; in /run, which everybody may enter and which a restart empties. */
const MOUNTS = '/run/codeconnected';

/** The one privilege that it may get: to listen below port 1024. */
const LISTEN_LOW = 'net_bind_service';

/**
 * Run in the new namespace: the mounts go with it, so no end of the process, however hard, leaves one behind.
 * @param kept capabilities that it keeps, in the form of setpriv
 */
const enter = (kept: string) => `set -e
umask 022
mkdir -p "$2" "$4"
mount --bind "$1" "$2"
mount -o remount,bind,ro "$2"
mount --bind "$3" "$4"
shift 4
cd "$1"
shift
exec setpriv --reuid=${WEB_USER} --regid=${WEB_USER} --clear-groups --no-new-privs --inh-caps=-all${kept} \\
  --ambient-caps=-all${kept} --bounding-set=-all${kept} --pdeathsig=TERM "$@"
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
 * @param listensLow whether its port needs a privilege
 */
export function webRoom(root: string, data: string, listensLow: boolean): WebRoom {
  const app = join(MOUNTS, 'app');
  const inside = join(MOUNTS, 'data');
  const script = enter(listensLow ? `,+${LISTEN_LOW}` : '');
  return {
    app,
    data: inside,
    file: 'unshare',
    args: ['--mount', '--propagation=private', 'sh', '-c', script, 'sh', root, app, data, inside, app],
  };
}
