/** Keeps this browser's list of rooms right while one is open. */
import { NAMELESS } from '#lib/people/palette.ts';
import { PEOPLE_MOST, rememberRoom } from '#lib/rooms/remembered.ts';
import type { Room } from './room.svelte.ts';

/** Milliseconds between updates of the list while the room changes. */
const REMEMBER_MILLISECONDS = 2000;

/** Writes the room's line as it is now. @param language its name */
export function rememberNow(room: Room, language: string): void {
  if (room.fileId === undefined) return;
  // It expired: its line would lead nowhere.
  if (room.link.kind === 'ended' && room.link.error.code === 'room-unknown') return;
  const text = room.doc.getText(room.fileId).toString();
  const lines = text === '' ? 0 : text.replace(/\n$/, '').split('\n').length;
  const people = room.others.map(({ name }) => name).filter((name) => name !== NAMELESS);
  try {
    rememberRoom(localStorage, {
      id: room.id,
      title: room.title,
      language,
      lines,
      at: Date.now(),
      people: people.slice(0, PEOPLE_MOST),
    });
  } catch {
    // Storage is forbidden here: there is no list either.
  }
}

/** Keeps the room's line right while the room changes, not at every key. @returns a function that ends it */
export function rememberWhileOpen(room: Room, language: string): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      rememberNow(room, language);
    }, REMEMBER_MILLISECONDS);
  };
  later();
  const { doc } = room;
  doc.on('update', later);
  return () => {
    clearTimeout(timer);
    doc.off('update', later);
  };
}
