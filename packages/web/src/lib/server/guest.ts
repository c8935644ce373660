/** Who asks: a guest by the signed id in their cookie, given at the first room they open. */
import type { PersonId } from '@codeconnected/core/room/ids.ts';
import { GUEST_COOKIE_SECONDS, type Site } from '@codeconnected/core/session/site.ts';
import { error, type RequestEvent } from '@sveltejs/kit';

/** The place that the pages run in. */
export function siteOf(event: Pick<RequestEvent, 'platform'>): Site {
  const site = event.platform?.req.site;
  if (!site) error(503, 'These pages run inside the product only: start it with npm start.');
  return site;
}

/** The guest's id; a new one is issued where none is or where it was not signed here. */
export async function personOf(event: Pick<RequestEvent, 'platform' | 'cookies' | 'url'>): Promise<PersonId> {
  const { guests } = siteOf(event);
  const brought = event.cookies.get(guests.cookieName);
  const known = brought === undefined ? undefined : await guests.verify(brought);
  if (known !== undefined) return known;
  const { person, cookie } = await guests.issue();
  event.cookies.set(guests.cookieName, cookie, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: event.url.protocol === 'https:',
    maxAge: GUEST_COOKIE_SECONDS,
  });
  return person;
}
