import { visibleError } from '@codeconnected/core/error/visible.ts';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import { fail, redirect } from '@sveltejs/kit';
import { personOf, siteOf } from '#lib/server/guest.ts';
import type { Actions } from './$types';

export const actions: Actions = {
  /** Opens a room of a language and goes there. Works without scripts. */
  default: async (event) => {
    const site = siteOf(event);
    const language = String((await event.request.formData()).get('language') ?? '');
    const known = (await site.languages()).some(({ id }) => id === language);
    if (!known) return fail(400, { language, error: visibleError('language-unknown') });
    const visitor = { person: await personOf(event), address: event.getClientAddress() };
    const result = await site.createRoom(language as LanguageId, visitor);
    if (result.kind === 'refused') return fail(429, { language, error: result.error });
    redirect(303, `/s/${result.room}`);
  },
};
