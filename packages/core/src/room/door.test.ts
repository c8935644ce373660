import { describe, expect, it } from 'vitest';
import { Door } from './door.ts';
import { CLIENT_FRAME_BYTES, PART_CHARACTERS, PROTOCOL_VERSION } from './limits.ts';
import { HandClock } from './memory/hand-clock.ts';
import { cut, PartBudget } from './parts.ts';

const CLIENT = 'AAAAAAAAAAAAAAAAAAAAAA';

describe('the door of a connection', () => {
  it('lets a well-formed frame pass', () => {
    expect(new Door(new HandClock()).pass('{"t":"ping"}')).toEqual({ kind: 'frame', frame: { t: 'ping' } });
  });

  it('W1 refuses a message over 32 KB of UTF-8', () => {
    const door = new Door(new HandClock());
    expect(door.pass('ü'.repeat(CLIENT_FRAME_BYTES / 2 + 1))).toEqual({ kind: 'refused', code: 'frame-too-large' });
    expect(door.pass('{"t":"ping"}').kind).toBe('frame');
  });

  it.each(['', '{', 'null', '[]', '7', '{"t":"nothing"}', '{"t":"ping","more":1}', '{"t":"cursor"}', '"\\u0000"'])(
    'refuses %j as malformed, and goes on',
    (text) => {
      const door = new Door(new HandClock());
      expect(door.pass(text)).toMatchObject({ kind: 'refused', code: 'frame-malformed' });
      expect(door.pass('{"t":"ping"}').kind).toBe('frame');
    },
  );

  it('says which edit it refused', () => {
    const refused = new Door(new HandClock()).pass(JSON.stringify({ t: 'edit', c: CLIENT, n: 3, u: 'not base64!' }));
    expect(refused).toEqual({ kind: 'refused', code: 'frame-malformed', about: 'edit', c: CLIENT, n: 3 });
  });

  it('W1 puts a large edit together from its parts', () => {
    const door = new Door(new HandClock());
    door.joined();
    const edit = { t: 'edit', c: CLIENT, n: 1, u: 'AAAA'.repeat(40_000) };
    const passages = cut(JSON.stringify(edit), () => 'p').map((part) => door.pass(part));
    expect(passages.slice(0, -1).every(({ kind }) => kind === 'nothing')).toBe(true);
    expect(passages.at(-1)).toEqual({ kind: 'frame', frame: edit });
  });

  it.each([
    ['an edit', JSON.stringify({ t: 'edit', c: CLIENT, n: 3, u: 'AAAA' })],
    ['a cursor', JSON.stringify({ t: 'cursor', k: null })],
  ])('takes %s only from whoever joined', (_, text) => {
    const door = new Door(new HandClock());
    expect(door.pass(text)).toMatchObject({ kind: 'refused', code: 'not-joined' });
    const encoded = btoa(text);
    const halves = [encoded.slice(0, 8), encoded.slice(8)].map((d, i) => ({ t: 'part', id: 'p', i, of: 2, d }));
    const passages = halves.map((half) => door.pass(JSON.stringify(half)));
    expect(passages.at(-1)).toMatchObject({ kind: 'refused', code: 'not-joined' });
    door.joined();
    expect(door.pass(text).kind).toBe('frame');
  });

  it('takes parts of a join before, and no more', () => {
    const door = new Door(new HandClock());
    const join = { t: 'join', v: PROTOCOL_VERSION, c: CLIENT, sv: 'AAAA'.repeat(20_000), name: 'Ann' };
    const passages = cut(JSON.stringify(join), () => 'p').map((part) => door.pass(part));
    expect(passages.at(-1)).toEqual({ kind: 'frame', frame: join });
    const part = { t: 'part', id: 'q', i: 0, of: 9, d: 'AAAA' };
    expect(door.pass(JSON.stringify(part))).toMatchObject({ kind: 'refused', code: 'frame-too-large' });
  });

  it('holds no more parts in all connections than the budget', async () => {
    const clock = new HandClock();
    const budget = new PartBudget(50_000);
    const doors = [1, 2, 3].map(() => new Door(clock, budget));
    const part = JSON.stringify({ t: 'part', id: 'p', i: 0, of: 2, d: 'AAAA'.repeat(5_000) });
    const codes = () => doors.map((door) => door.pass(part)).map((passage) => 'code' in passage && passage.code);
    expect(codes()).toEqual([false, false, 'too-fast']);
    // A connection that ended gives back what it held.
    doors[0]!.close();
    expect(doors[2]!.pass(part).kind).toBe('nothing');
    // And so does one from which nothing more comes.
    await clock.advance(30_000);
    expect(budget.left).toBe(50_000);
  });

  it('holds no parts for longer by sending them again, nor for ever by sending slowly', async () => {
    const clock = new HandClock();
    const budget = new PartBudget(50_000);
    const part = (id: string, i: number) => JSON.stringify({ t: 'part', id, i, of: 100, d: 'AAAA' });
    const slow = new Door(clock, budget);
    const again = new Door(clock, budget);
    for (const door of [slow, again]) door.joined();
    for (let i = 0; i < 4; i++) {
      slow.pass(part('p', i));
      again.pass(part('p', 0));
      await clock.advance(20_000);
    }
    again.close();
    expect(budget.left).toBe(50_000 - 4 * (4 + 128));
    for (let i = 4; i < 9; i++) {
      slow.pass(part('p', i));
      await clock.advance(20_000);
    }
    // What it had been begun with is gone, but for the latest piece.
    expect(budget.left).toBe(50_000 - (4 + 128));
  });

  it('W3 takes room for parts from whoever holds most', () => {
    const budget = new PartBudget(1_000_000);
    const clock = new HandClock();
    const hogs = [1, 2].map(() => new Door(clock, budget));
    const d = 'A'.repeat(PART_CHARACTERS);
    const honest = new Door(clock, budget);
    for (const door of [...hogs, honest]) door.joined();
    for (const id of ['a', 'b']) {
      for (let i = 0; i < 10; i++) {
        for (const hog of hogs) hog.pass(JSON.stringify({ t: 'part', id, i, of: 100, d }));
      }
    }
    expect(budget.left).toBeLessThan(PART_CHARACTERS);
    const edit = { t: 'edit', c: CLIENT, n: 1, u: 'AAAA'.repeat(20_000) };
    const passages = cut(JSON.stringify(edit), () => 'p').map((part) => honest.pass(part));
    expect(passages.at(-1)).toEqual({ kind: 'frame', frame: edit });
  });

  it('refuses parts within parts', () => {
    const door = new Door(new HandClock());
    const inner = JSON.stringify({ t: 'part', id: 'x', i: 0, of: 2, d: 'AAAA'.repeat(5_000) });
    const parts = cut(inner, () => 'p', 1_000).map((part) => door.pass(part));
    expect(parts.at(-1)).toMatchObject({ kind: 'refused', code: 'frame-malformed', about: 'part' });
  });

  it('turns a page of another version away', () => {
    const join = { t: 'join', v: PROTOCOL_VERSION + 1, something: 'new' };
    expect(new Door(new HandClock()).pass(JSON.stringify(join))).toMatchObject({ code: 'page-outdated', final: true });
  });

  it('slows down whoever floods, says so now and then, and forgives', async () => {
    const clock = new HandClock();
    const door = new Door(clock);
    const kinds = { frame: 0, nothing: 0, refused: 0 };
    for (let at = 0; at < 5_000; at++) kinds[door.pass('{"t":"ping"}').kind]++;
    expect(kinds.frame).toBeLessThan(2_000);
    expect(kinds.refused).toBe(1);
    await clock.advance(1_000);
    expect(door.pass('{"t":"ping"}').kind).toBe('frame');
  });
});
