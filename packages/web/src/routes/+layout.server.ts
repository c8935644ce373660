import { siteOf } from '#lib/server/guest.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async (event) => {
  const site = siteOf(event);
  return { languages: await site.languages(), unsandboxed: site.unsandboxed, roomDays: site.roomDays };
};
