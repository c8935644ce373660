import { describe, expect, it } from 'vitest';
import { ownHosts } from './hosts.ts';

const NAMES = ['box', '192.168.1.7', '[fe80::1]'];

describe('hosts', () => {
  it('answers to this machine’s names and addresses only where it listens on all of them', () => {
    const everywhere = ownHosts('0.0.0.0', undefined, () => NAMES);
    const loopback = ownHosts('127.0.0.1', undefined, () => NAMES);
    for (const host of ['box:3000', '192.168.1.7:3000', '[fe80::1]:3000']) {
      expect(everywhere.knows(host), host).toBe(true);
      expect(loopback.knows(host), host).toBe(false);
    }
    for (const host of ['localhost', '[::1]:80', '127.0.0.1']) expect(everywhere.knows(host), host).toBe(true);
    expect(everywhere.knows('192.168.1.8:3000')).toBe(false);
  });

  it('answers to the address it listens on, an IPv6 one too', () => {
    expect(ownHosts('10.0.0.5', undefined, () => []).knows('10.0.0.5:3000')).toBe(true);
    expect(ownHosts('2001:db8::5', undefined, () => []).knows('[2001:db8::5]:3000')).toBe(true);
  });

  it('takes no header for a name that holds more than one', () => {
    const hosts = ownHosts('127.0.0.1', undefined, () => []);
    for (const host of [undefined, '', 'localhost/evil', 'evil@localhost', 'localhost?', 'localhost#', 'local host']) {
      expect(hosts.knows(host), String(host)).toBe(false);
    }
  });

  it('names the origin that the visitor sees', () => {
    const hosts = ownHosts('127.0.0.1', 'https://code.example.org', () => []);
    expect(hosts.originOf('code.example.org', undefined)).toBe('https://code.example.org');
    // A proxy that sends its own name for us.
    expect(hosts.originOf('127.0.0.1:3000', 'https://code.example.org')).toBe('https://code.example.org');
    expect(hosts.originOf('127.0.0.1:3000', undefined)).toBe('http://127.0.0.1:3000');
    expect(hosts.originOf('127.0.0.1:3000', 'https://evil.example')).toBe('http://127.0.0.1:3000');
  });
});
