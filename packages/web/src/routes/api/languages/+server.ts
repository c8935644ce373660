/** How ready each language is; asked again while one is being built. */
import { json } from '@sveltejs/kit';
import { siteOf } from '#lib/server/guest.ts';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = async (event) =>
  json(await siteOf(event).languages(), { headers: { 'cache-control': 'no-store' } });
