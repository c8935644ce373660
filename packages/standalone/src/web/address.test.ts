import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { addressGroup, clientAddress } from './address.ts';

function request(forwarded?: string): IncomingMessage {
  return { socket: { remoteAddress: '203.0.113.9' }, headers: { 'x-forwarded-for': forwarded } } as never;
}

describe('addresses', () => {
  it('believes a forwarded address only behind a proxy of one’s own, and of that only the last', () => {
    expect(clientAddress(request('198.51.100.1'), false)).toBe('203.0.113.9');
    expect(clientAddress(request('10.9.9.9, 198.51.100.1'), true)).toBe('198.51.100.1');
    expect(clientAddress(request('2001:db8::1'), true)).toBe('2001:db8::1');
    for (const wrong of [undefined, '', 'unknown', '198.51.100.1, <script>']) {
      expect(clientAddress(request(wrong), true)).toBe('203.0.113.9');
    }
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['2001:0db8:0000:0000::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['', ''],
  ])('groups %s as %s', (address, group) => expect(addressGroup(address)).toBe(group));
});
