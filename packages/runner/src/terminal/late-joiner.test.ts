import { drawAccessId, type PersonId, type RoomId } from '@codeconnected/core/room/ids.ts';
import { expect, test } from 'vitest';
import { directTerminals } from '../testing/place.ts';
import { FRESH } from '../testing/scripted-sandboxes.ts';
import { picture } from './cells.ts';
import { Screen } from './screen.ts';

const MEGABYTE = 1024 * 1024;
/** Every how many lines somebody joins. */
const JOIN_LINES = 4000;

/** A page's terminal: what a viewer was sent, drawn. */
async function drawn(frames: readonly { t: string; d?: string }[]): Promise<Screen> {
  let screen = new Screen({ columns: 80, rows: 24, answer: () => {} });
  for (const frame of frames) {
    if (frame.t === 'screen') screen = new Screen({ columns: 80, rows: 24, answer: () => {} });
    if (frame.t === 'screen' || frame.t === 'output') await screen.write(frame.d ?? '');
  }
  return screen;
}

test('whoever joins during 1 MB of output and a full-screen program sees what those see who were there', async () => {
  const { terminals, sandboxes, viewers } = directTerminals();
  const room = drawAccessId() as RoomId;
  const watch = async () => {
    const { id, viewed } = viewers.viewer();
    await terminals.watch(room, id, FRESH, async () => 1);
    return viewed;
  };
  const first = await watch();
  await first.phase('prompt');
  const files = [{ name: 'main', text: 'loop' }];
  const by = 'somebody' as PersonId;
  await terminals.run(room, { run: 'r', by, language: FRESH, files, entry: 'main', epoch: 1, columns: 80, rows: 24 });
  await first.phase('running');
  const joiners: ReturnType<typeof watch>[] = [];
  let bytes = 0;
  for (let i = 0; bytes < MEGABYTE; i++) {
    const line = `\x1b[3${i % 8};4${(i * 3) % 8}mline ${i} é漢👍 ${'.'.repeat(i % 90)}\x1b[m\r\n`;
    const encoded = new TextEncoder().encode(line);
    bytes += encoded.length;
    // Cut within characters and sequences.
    const cut = i % encoded.length;
    sandboxes.last.emit(encoded.subarray(0, cut));
    if (i % JOIN_LINES === 0) joiners.push(watch());
    sandboxes.last.emit(encoded.subarray(cut));
  }
  sandboxes.last.emit('\x1b[?1049h\x1b[2J\x1b[5;20r\x1b[3;7H\x1b[1;44mmenu\x1b[?25l\x1b[12;30H');
  joiners.push(watch());
  sandboxes.last.emit('\x1b[31m> chosen\x1b[24;1Hthe end');
  await first.shows('the end');
  joiners.push(watch());
  const all = await Promise.all(joiners);
  await Promise.all(all.map((each) => each.shows('the end')));
  const expected = await drawn(first.frames);
  expect(expected.alternate).toBe(true);
  for (const each of all) expect(picture(await drawn(each.frames))).toEqual(picture(expected));
  expect(all.length).toBeGreaterThan(4);
  await terminals.closeAll();
});

test('output on which xterm fails harms nobody: erasing above from the last cell', async () => {
  const { terminals, sandboxes, viewers } = directTerminals();
  const room = drawAccessId() as RoomId;
  const { id, viewed } = viewers.viewer();
  await terminals.watch(room, id, FRESH, async () => 1);
  await viewed.phase('prompt');
  for (const erase of ['\x1b[1J', '\x1b[01J', '\x1b[?1J']) {
    sandboxes.last.emit(`\x1b[24;80H#${erase}\x1b[24;80H${erase}\x1b[Herased`);
  }
  sandboxes.last.emit('back again');
  await viewed.shows('back again');
  const screen = await drawn(viewed.frames);
  expect(JSON.stringify(picture(screen))).toContain('back again');
  expect(viewed.frames.some((frame) => frame.t === 'output' && frame.clear)).toBe(false);
  await terminals.closeAll();
});
