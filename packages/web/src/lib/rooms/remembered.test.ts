import { beforeEach, describe, expect, it } from 'vitest';
import { forgetRoom, type RememberedRoom, rememberedRooms, rememberRoom, searchRooms } from './remembered.ts';

const ID = (letter: string) => `${letter.repeat(21)}A`;

function room(letter: string, change: Partial<RememberedRoom> = {}): RememberedRoom {
  return { id: ID(letter), title: letter, language: 'Python', lines: 3, at: 1, people: [], ...change };
}

class Store {
  text: string | null = null;
  full = false;
  getItem(): string | null {
    return this.text;
  }
  setItem(_key: string, text: string): void {
    if (this.full) throw new Error('QuotaExceededError');
    this.text = text;
  }
}

let store: Store;
beforeEach(() => {
  store = new Store();
});

describe('the rooms that this browser opened', () => {
  it('are listed latest first, each once', () => {
    rememberRoom(store, room('a', { at: 1 }));
    rememberRoom(store, room('b', { at: 2 }));
    rememberRoom(store, room('a', { at: 3, title: 'again' }));
    expect(rememberedRooms(store).map(({ title }) => title)).toEqual(['again', 'b']);
  });

  it('can be taken off the list and put back where they were', () => {
    for (const [index, letter] of ['a', 'b', 'c'].entries()) rememberRoom(store, room(letter, { at: index }));
    const removed = forgetRoom(store, ID('b'));
    expect(rememberedRooms(store).map(({ title }) => title)).toEqual(['c', 'a']);
    rememberRoom(store, removed!);
    expect(rememberedRooms(store).map(({ title }) => title)).toEqual(['c', 'b', 'a']);
  });

  it.each(['', 'no json', '{"a":1}', '[1,null,"x",{"id":"/evil","at":1},{"id":5}]', '[{"at":3}]'])(
    'survive a store that holds %j',
    (text) => {
      store.text = text;
      expect(rememberedRooms(store)).toEqual([]);
    },
  );

  it('keep what can be read of a damaged line', () => {
    store.text = JSON.stringify([{ id: ID('a'), at: 5, title: 7, lines: -1, people: ['Mia', 3] }]);
    expect(rememberedRooms(store)).toEqual([
      { id: ID('a'), at: 5, title: '', language: '', lines: 0, people: ['Mia'] },
    ]);
  });

  it('are bounded, the oldest forgotten', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    const ids = [...letters].flatMap((x) => [...letters].map((y) => `${x.repeat(10)}${y.repeat(11)}A`)).slice(0, 250);
    for (const [at, id] of ids.entries()) rememberRoom(store, room('a', { id, at }));
    const kept = rememberedRooms(store);
    expect(kept).toHaveLength(200);
    expect(kept[0]!.id).toBe(ids.at(-1));
  });

  it('stay as they were where the store is full', () => {
    rememberRoom(store, room('a'));
    store.full = true;
    rememberRoom(store, room('b'));
    expect(rememberedRooms(store)).toHaveLength(1);
  });

  it('are found by every word of title, language and people', () => {
    const rooms = [room('a', { title: 'Binary search', people: ['Mia'] }), room('b', { title: '', language: 'Ruby' })];
    expect(searchRooms(rooms, 'SEARCH mia')).toHaveLength(1);
    expect(searchRooms(rooms, 'untitled')).toHaveLength(1);
    expect(searchRooms(rooms, 'search ruby')).toHaveLength(0);
    expect(searchRooms(rooms, '  ')).toHaveLength(2);
  });
});
