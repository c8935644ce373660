/** What a terminal tells people beside the programs' output. */
import { type ClientId, drawAccessId, type RoomId } from '@codeconnected/core/room/ids.ts';
import { expect, test } from 'vitest';
import { IDLE } from '../testing/place.ts';
import { openRoom as open, PERSON } from '../testing/room.ts';
import { FRESH, type ScriptedSandbox } from '../testing/scripted-sandboxes.ts';

const times = (text: string, part: string) => text.split(part).length - 1;

test.each([
  ['OSError: [Errno 28] No space left on device', 'a sandbox has 64 MiB of disk'],
  ['BlockingIOError: [Errno 11] Resource temporarily unavailable', 'a sandbox has 64 processes and threads'],
])('a limit that only refuses is named with its number and what to do, once: %s', async (words, note) => {
  const { soon, run, viewed } = await open();
  await run(`print ${words}\nprint ${words}\nfail 1`);
  await soon(viewed.ended('r'));
  await soon(viewed.shows(note));
  const text = viewed.text.replaceAll('\r\n', ' ');
  expect(times(text, 'Limit: ')).toBe(1);
  expect(text.indexOf('Limit: ')).toBeGreaterThan(text.lastIndexOf(words));
  expect(text.indexOf('Limit: ')).toBeLessThan(text.lastIndexOf('> '));
});

test('so is one that ended the interpreter with its own words', async () => {
  const { soon, run, viewed } = await open();
  await run('print FATAL ERROR: JavaScript heap out of memory\nexit 134');
  await soon(viewed.shows('a sandbox has 256 MiB of memory'));
  await soon(viewed.shows('exit code 134'));
});

test('a refusal is said once, and tried again only when it can be met', async () => {
  const { soon, run, viewed, sandboxes, terminals } = await open();
  sandboxes.refusal = 'runner-failed';
  await expect(run('print x')).rejects.toMatchObject({ code: 'runner-failed' });
  const { claims } = sandboxes;
  for (let i = 0; i < 20; i++) terminals.retry();
  expect(sandboxes.claims).toBe(claims);
  await expect(run('print x', 'r2')).rejects.toMatchObject({ code: 'runner-failed' });
  await soon(viewed.shows('could not be started'));
  expect(times(viewed.text.replaceAll('\r\n', ' '), 'could not be started')).toBe(1);
  expect(viewed.state?.last).toMatchObject({ run: 'r2', outcome: { kind: 'unstarted' } });
  sandboxes.refusal = undefined;
  terminals.retry();
  await soon(viewed.phase('prompt'));
});

test('a run that is stopped or overtaken before it began has a result, and no heading', async () => {
  const { soon, run, terminals, room, viewed, sandboxes } = await open();
  let openGate = () => {};
  sandboxes.gate = new Promise((resolve) => {
    openGate = resolve;
  });
  const first = run('print one', 'r1');
  await terminals.stop(room);
  const second = run('print two', 'r2');
  await soon(viewed.until(() => viewed.state?.last?.run === 'r1'));
  expect(viewed.state?.last?.outcome).toEqual({ kind: 'unstarted' });
  await terminals.stop(room);
  openGate();
  await Promise.all([first, second]);
  expect(await soon(viewed.ended('r2'))).toEqual({ run: 'r2', outcome: { kind: 'unstarted' }, milliseconds: 0 });
  await soon(viewed.shows('Stopped before it began.'));
  expect(viewed.text).not.toContain('── Run');
});

test('a room that had a terminal before is told that its definitions are gone', async () => {
  const { soon, viewed, terminals, viewers } = await open();
  expect(viewed.text).not.toContain('gone');
  const room = drawAccessId() as RoomId;
  const later = viewers.viewer();
  await terminals.watch(room, later.id, FRESH, async () => 5);
  await soon(later.viewed.shows('A fresh sandbox. Earlier definitions are gone.'));
});

test('that a prompt is paused is told, and that it is awake again', async () => {
  const { soon, clock, viewed, type } = await open();
  await clock.advance(IDLE.pauseMilliseconds);
  await soon(viewed.until(() => viewed.state?.phase.kind === 'prompt' && viewed.state.phase.paused === true));
  await type('x');
  await soon(viewed.until(() => viewed.state?.phase.kind === 'prompt' && !viewed.state.phase.paused));
});

test('input that a program takes no more of is refused, not lost in silence', async () => {
  const { soon, run, type, viewed, sandboxes } = await open();
  await run('loop');
  await soon(viewed.phase('running'));
  sandboxes.last.full = true;
  await expect(type('x')).rejects.toMatchObject({ code: 'input-too-fast' });
  sandboxes.last.full = false;
  expect(await type('y')).toBe(2);
});

test('a paste of which a piece is refused gets no hole: what was sent behind it is refused too', async () => {
  const { soon, run, terminals, room, viewed, sandboxes } = await open();
  await run('loop');
  await soon(viewed.phase('running'));
  const client = drawAccessId() as ClientId;
  const send = (sequence: number, base: number) =>
    terminals.input(room, PERSON, { client, sequence, base, data: `${sequence}` });
  expect(await send(1, 1)).toBe(1);
  sandboxes.last.full = true;
  await expect(send(2, 1)).rejects.toMatchObject({ code: 'input-too-fast' });
  sandboxes.last.full = false;
  for (const sequence of [3, 2]) await expect(send(sequence, 2)).rejects.toMatchObject({ code: 'input-too-fast' });
  expect(await send(5, 5)).toBe(5);
  expect(sandboxes.last.typed).toBe('15');
});

test('a new sandbox has the size that was wanted last, however busy the screen is', async () => {
  const { terminals, room, run, sandboxes, soon, viewed } = await open();
  for (let i = 0; i < 50; i++) sandboxes.last.emit('x'.repeat(10_000));
  const resized = terminals.resize(room, { columns: 100, rows: 40 });
  await terminals.run(room, {
    run: 'r',
    by: PERSON,
    language: FRESH,
    files: [{ name: 'main', text: 'print x' }],
    entry: 'main',
    epoch: 2,
    columns: 120,
    rows: 50,
  });
  await resized;
  expect(sandboxes.last.deeds[0]).toBe('start main 120x50');
  await soon(viewed.ended('r'));
  await run('print y', 'r2');
  expect(sandboxes.last.deeds[0]).toBe('start main 80x24');
});

test('W3 however often a viewer asks for the screen, it is sent about once a second', async () => {
  const { clock, viewed, watch, sandboxes } = await open();
  await clock.advance(2_000);
  const screens = () => viewed.frames.filter(({ t }) => t === 'screen').length;
  const before = screens();
  const asked: Promise<void>[] = [];
  for (let i = 0; i < 10; i++) {
    for (let each = 0; each < 30; each++) asked.push(watch());
    await clock.advance(100);
  }
  sandboxes.last.emit('the latest');
  await clock.advance(1_000);
  await Promise.all(asked);
  expect(screens() - before).toBe(2);
  expect(viewed.text).toContain('the latest');
});

test('a terminal that cannot be closed keeps none of the others from closing', async () => {
  const { terminals, sandboxes, viewers, soon, problems } = await open();
  const other = viewers.viewer();
  await terminals.watch(drawAccessId() as RoomId, other.id, FRESH, async () => 1);
  await soon(other.viewed.phase('prompt'));
  const [first, second] = sandboxes.all as [ScriptedSandbox, ScriptedSandbox];
  first.release = () => Promise.reject(new Error('no'));
  await terminals.closeAll();
  expect(second.state.kind).toBe('ended');
  expect(problems).toHaveLength(1);
});
