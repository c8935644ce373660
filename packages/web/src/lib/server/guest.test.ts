import { signedGuests } from '@codeconnected/core/account/guest.ts';
import { keyedHash } from '@codeconnected/core/account/keyed-hash.ts';
import { GUEST_COOKIE_SECONDS } from '@codeconnected/core/session/site.ts';
import { expect, it } from 'vitest';
import { personOf } from './guest.ts';

type Event = Parameters<typeof personOf>[0];

async function visit(url: string, brought?: string) {
  const guests = await signedGuests(await keyedHash(new Uint8Array(32)));
  const set: [string, string, object][] = [];
  const event = {
    platform: { req: { site: { guests } } },
    url: new URL(url),
    cookies: {
      get: (name: string) => (name === guests.cookieName ? brought : undefined),
      set: (...given: [string, string, object]) => void set.push(given),
    },
  } as unknown as Event;
  return { person: await personOf(event), set, guests };
}

it.each([
  ['http://localhost:3000/', false],
  ['https://code.example.org/', true],
])('P2 gives a new browser at %s a signed id that no script can read', async (url, secure) => {
  const { person, set, guests } = await visit(url);
  const [name, cookie, flags] = set[0]!;
  expect(set).toHaveLength(1);
  expect(name).toBe(guests.cookieName);
  expect(flags).toEqual({ path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: GUEST_COOKIE_SECONDS });
  expect(await guests.verify(cookie)).toBe(person);
});

it('P2 knows a browser again, and none by a cookie that was not signed here', async () => {
  const first = await visit('http://localhost/');
  const again = await visit('http://localhost/', first.set[0]![1]);
  expect(again).toMatchObject({ person: first.person, set: [] });
  const forged = await visit('http://localhost/', `${first.person}.${'A'.repeat(43)}`);
  expect(forged.set).toHaveLength(1);
  expect(forged.person).not.toBe(first.person);
});
