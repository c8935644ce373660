import { describe, expect, it } from 'vitest';
import { signedGuests } from './guest.ts';
import { keyedHash } from './keyed-hash.ts';

const key = (fill: number) => new Uint8Array(32).fill(fill);

describe('guests', () => {
  it('knows again whom it issued', async () => {
    const guests = await signedGuests(await keyedHash(key(1)));
    const { person, cookie } = await guests.issue();
    expect(await guests.verify(cookie)).toBe(person);
    expect((await guests.issue()).person).not.toBe(person);
  });

  it('P2 refuses every cookie with a letter changed, cut or added', async () => {
    const guests = await signedGuests(await keyedHash(key(1)));
    const { cookie } = await guests.issue();
    for (let at = 0; at < cookie.length; at++) {
      const other = cookie[at] === 'A' ? 'B' : 'A';
      const changed = cookie.slice(0, at) + other + cookie.slice(at + 1);
      // The last letter of 32 bytes in base64url carries two bits that mean nothing.
      if (at === cookie.length - 1) continue;
      expect(await guests.verify(changed), changed).toBeUndefined();
    }
    for (const wrong of ['', '.', cookie.slice(0, -1), `${cookie}A`, `${cookie}.`, cookie.replace('.', ''), '😀.😀']) {
      expect(await guests.verify(wrong), wrong).toBeUndefined();
    }
  });

  it('P2 refuses what another key or another purpose signed', async () => {
    const hash = await keyedHash(key(1));
    const guests = await signedGuests(hash);
    const { person, cookie } = await guests.issue();
    expect(await (await signedGuests(await keyedHash(key(2)))).verify(cookie)).toBeUndefined();
    expect(await guests.verify(`${person}.${await hash.of('address', person)}`)).toBeUndefined();
  });

  it('names the cookie by the key, so that two installations on one host keep their own', async () => {
    const nameOf = async (fill: number) => (await signedGuests(await keyedHash(key(fill)))).cookieName;
    expect(await nameOf(1)).toBe(await nameOf(1));
    expect(await nameOf(1)).not.toBe(await nameOf(2));
    expect(await nameOf(1)).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it('takes no short key', async () => {
    await expect(keyedHash(new Uint8Array(8))).rejects.toThrow('too short');
  });
});
