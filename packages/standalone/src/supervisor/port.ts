/** Says who listens on a port that we want. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { SetupError } from '../../../../scripts/lib/progress.mjs';

/** State of a listening socket in /proc/net/tcp. */
const LISTENING = '0A';

/** Below this port only a privileged process may listen. */
const UNPRIVILEGED = '/proc/sys/net/ipv4/ip_unprivileged_port_start';
/** The kernel's own default of it. */
const UNPRIVILEGED_DEFAULT = 1024;

/** Whether listening on a port needs the capability CAP_NET_BIND_SERVICE. */
export function needsPrivilege(port: number, file = UNPRIVILEGED): boolean {
  const first = existsSync(file) ? Number(readFileSync(file, 'utf8')) : UNPRIVILEGED_DEFAULT;
  return port < first;
}

/** @throws SetupError that names who has the port, or why the address cannot be listened on */
export async function requirePort(host: string, port: number): Promise<void> {
  const error = await new Promise<NodeJS.ErrnoException | undefined>((done) => {
    const server = createServer();
    server.once('error', done);
    server.listen({ host, port, exclusive: true }, () => server.close(() => done(undefined)));
  });
  if (!error) return;
  if (error.code === 'EADDRINUSE') {
    const owner = listenerOn(port);
    throw new SetupError(`port ${port} is taken${owner ? ` by ${owner.name} (process ${owner.pid})` : ''}`, [
      `take another: PORT=${port === 65_535 ? port - 1 : port + 1} npm start`,
      ...(owner ? [`or end that one: kill ${owner.pid}`] : []),
    ]);
  }
  throw new SetupError(`HOST=${host} PORT=${port}: cannot be listened on (${error.code ?? error.message})`, [
    'set HOST to an address of this machine, such as 127.0.0.1 or 0.0.0.0',
  ]);
}

/** The process that listens on a TCP port, as far as /proc shows it. */
export function listenerOn(port: number): { pid: number; name: string } | undefined {
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)));
  if (sockets.size === 0) return undefined;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        if (inode && sockets.has(inode)) {
          const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
          return { pid: Number(pid), name: words.slice(0, 2).join(' ') };
        }
      }
    } catch {
      // Gone while we looked.
    }
  }
  return undefined;
}

function listeningInodes(table: string, port: number): string[] {
  let text: string;
  try {
    text = readFileSync(table, 'utf8');
  } catch {
    return [];
  }
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${wanted}`) && fields[3] === LISTENING)
    .map((fields) => fields[9] ?? '');
}
