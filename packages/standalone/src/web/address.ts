/** A visitor's network address, and the part of it that one household or company shares. */
import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';

/** Groups of an IPv6 address that name a network; the rest is the visitor's to choose. */
const NETWORK_GROUPS = 4;
const GROUPS = 8;

/**
 * Who asks. `X-Forwarded-For` counts only behind a proxy of one's own, and only its last entry, which that proxy wrote.
 */
export function clientAddress(request: IncomingMessage, trustProxy: boolean): string {
  const direct = request.socket.remoteAddress ?? '';
  if (!trustProxy) return direct;
  const header = request.headers['x-forwarded-for'];
  const forwarded = (Array.isArray(header) ? header.join(',') : header)?.split(',').at(-1)?.trim() ?? '';
  return isIPv4(forwarded) || isIPv6(forwarded) ? forwarded : direct;
}

/** What counts as one visitor for limits: an IPv4 address, or an IPv6 network of 64 bits. */
export function addressGroup(address: string): string {
  const bare = address.replace(/%.*$/, '').toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(bare)) return bare;
  const [head = '', tail] = bare.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const rest = tail === '' ? [] : tail.split(':');
    // An IPv4 ending stands for two groups; it lies beyond the network part anyway.
    const width = rest.length + (rest.at(-1)?.includes('.') ? 1 : 0);
    while (groups.length + width < GROUPS) groups.push('0');
    groups.push(...rest);
  }
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
