/**
 * Which Host and Origin are ours. A foreign Host is a page that points its own name at this machine (DNS rebinding); a
 * foreign Origin is a page that opens a WebSocket in a visitor's name.
 */
import { hostname, networkInterfaces } from 'node:os';

export interface Hosts {
  /** Whether a request's Host header names this place. */
  knows(host: string | undefined): boolean;
  /** The origin that the visitor's browser sees. @param host a Host header that is known */
  originOf(host: string, claimed: string | undefined): string;
  /** Whether a page of this origin may open a WebSocket; none comes from programs that are no browser. */
  admits(origin: string | undefined, host: string): boolean;
  /** For the person who came by another name. */
  readonly refusal: string;
}

/** A name or address, and perhaps a port: nothing that a parser of addresses could read another way. */
const HOST_HEADER = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i;
/** Always means this machine, whoever resolves it. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** @param names of this machine and its addresses; asked each time, since a laptop changes its network */
export function ownHosts(
  host: string,
  publicUrl: string | undefined,
  names: () => readonly string[] = ownNames,
): Hosts {
  const everywhere = host === '0.0.0.0' || host === '::';
  const published = publicUrl === undefined ? undefined : new URL(publicUrl);
  const fixed = new Set([...LOOPBACK, bracketed(host), ...(published ? [published.hostname] : [])]);
  const nameOf = (header: string) => {
    const url = HOST_HEADER.test(header) && URL.canParse(`http://${header}`) ? new URL(`http://${header}`) : undefined;
    return url?.hostname;
  };
  return {
    knows(header) {
      const name = header === undefined ? undefined : nameOf(header);
      if (name === undefined) return false;
      return fixed.has(name) || (everywhere && names().includes(name));
    },
    originOf(header, claimed) {
      if (published && (claimed === published.origin || nameOf(header) === published.hostname)) return published.origin;
      return new URL(`http://${header}`).origin;
    },
    admits(origin, header) {
      if (origin === undefined) return true;
      if (published && origin === published.origin) return true;
      // A proxy may speak TLS for us: the scheme is the browser's, the name and port are the same.
      if (!URL.canParse(origin) || new URL(origin).host !== new URL(`http://${header}`).host) return false;
      // Where people come by HTTPS, a page of that name without it may be anybody's on the way.
      const { protocol, hostname } = new URL(origin);
      return published?.protocol !== 'https:' || hostname !== published.hostname || protocol === 'https:';
    },
    refusal:
      'This server does not answer to that name.\n' +
      'Whoever runs it sets PUBLIC_URL to the address that people type, for example PUBLIC_URL=https://code.example.org\n',
  };
}

function bracketed(host: string): string {
  return (host.includes(':') ? `[${host}]` : host).toLowerCase();
}

/** This machine's name and addresses, as a browser writes them. */
function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const name = hostname().toLowerCase();
  return [name, `${name}.local`, ...addresses.map(({ address }) => bracketed(address.replace(/%.*$/, '')))];
}
