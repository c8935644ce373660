import { isRoomId } from '@codeconnected/core/room/ids.ts';
import { error } from '@sveltejs/kit';
import { personOf, siteOf } from '#lib/server/guest.ts';
import type { PageServerLoad } from './$types';

/** Characters of text in the page before the editor is there: several hundred screens; the editor brings the rest. */
const PREVIEW_CHARACTERS = 100_000;

export const load: PageServerLoad = async (event) => {
  const { id } = event.params;
  const preview = isRoomId(id) ? await siteOf(event).preview(id) : undefined;
  if (!preview || !isRoomId(id)) error(404, 'There is no room at this address');
  await personOf(event);
  event.setHeaders({ 'cache-control': 'private, no-store', 'x-robots-tag': 'noindex' });
  const { title, language, entry, files } = preview.text;
  const file = files.find((each) => each.id === entry) ?? files[0];
  const text = file?.text ?? '';
  return {
    room: id,
    title,
    language: language ?? '',
    fileName: file?.name ?? '',
    text: text.slice(0, PREVIEW_CHARACTERS),
    cut: text.length > PREVIEW_CHARACTERS,
    expiresAt: preview.expiresAt,
  };
};
