import { type ClientId, drawAccessId } from '@codeconnected/core/room/ids.ts';
import {
  FLOOD_CHARACTERS,
  FLOOD_MILLISECONDS,
  STOP_PATIENCE_MILLISECONDS,
} from '@codeconnected/core/terminal/limits.ts';
import { expect, test } from 'vitest';
import { IDLE } from '../testing/place.ts';
import { openRoom as open, PERSON } from '../testing/room.ts';
import { FRESH, KEPT } from '../testing/scripted-sandboxes.ts';

test('Stop that does not help within 2 s replaces the sandbox and says so', async () => {
  const { soon, run, terminals, room, viewed, clock, sandboxes } = await open();
  await run('print working\ndeaf');
  await soon(viewed.phase('running'));
  await terminals.stop(room);
  const { last } = sandboxes;
  expect(last.deeds).toContain('interrupt');
  await clock.advance(STOP_PATIENCE_MILLISECONDS - 1);
  expect(viewed.state?.phase).toMatchObject({ kind: 'running', stopping: true });
  await clock.advance(1);
  await soon(viewed.shows('Stop did not help within 2 s'));
  expect((await soon(viewed.ended('r')))?.outcome).toEqual({ kind: 'stopped' });
  await soon(viewed.phase('prompt'));
  expect(sandboxes.last).not.toBe(last);
  expect(await last.ended).toEqual({ kind: 'released' });
});

test('notes break between words, whatever the columns', async () => {
  const { soon, room, terminals, viewed } = await open();
  await terminals.resize(room, { columns: 22, rows: 10 });
  await terminals.reset(room, FRESH, 2, 'Reset. Earlier definitions are gone.');
  await soon(viewed.shows('Reset. Earlier\r\ndefinitions are gone.'));
});

test('Stop that helps leaves the sandbox and its definitions', async () => {
  const { soon, run, terminals, room, viewed, clock, sandboxes } = await open();
  await run('loop');
  await soon(viewed.phase('running'));
  await terminals.stop(room);
  await soon(viewed.ended('r'));
  const { last } = sandboxes;
  await clock.advance(STOP_PATIENCE_MILLISECONDS * 2);
  expect(sandboxes.last).toBe(last);
});

test('Stop while the sandbox is being prepared leaves a prompt and runs nothing', async () => {
  const { soon, run, terminals, room, viewed, sandboxes } = await open();
  let openGate = () => {};
  sandboxes.gate = new Promise((resolve) => {
    openGate = resolve;
  });
  const running = run('print never');
  await terminals.stop(room);
  openGate();
  await running;
  await soon(viewed.until(() => sandboxes.all.length === 2 && viewed.state?.phase.kind === 'prompt'));
  expect(sandboxes.last.deeds).toEqual(['start prompt 80x24']);
});

test('a flood leaves the way free for Stop: it is served before the output that waits', async () => {
  const { soon, run, terminals, room, viewed, clock, sandboxes } = await open();
  await run('deaf');
  await soon(viewed.phase('running'));
  const { last } = sandboxes;
  for (let i = 0; i < 64; i++) last.emit(`${i}\r\n`.padStart(32 * 1024, 'spam '));
  for (let span = 0; span < 4; span++) {
    // However much the runner could parse in this time.
    for (let turn = 0; turn < 50; turn++) await clock.advance(0);
    await clock.advance(FLOOD_MILLISECONDS);
  }
  const before = viewed.text.length;
  expect(before).toBeLessThan(FLOOD_CHARACTERS * 8);
  await terminals.stop(room);
  expect(last.deeds).toContain('interrupt');
  expect(viewed.state?.phase).toMatchObject({ kind: 'running', stopping: true });
  expect(viewed.text.length).toBe(before);
});

test('a loop typed at the prompt is stopped like a program', async () => {
  const { soon, type, terminals, room, viewed, clock, sandboxes } = await open();
  await type('deaf\r');
  await clock.advance(500);
  await soon(viewed.phase('busy'));
  await terminals.stop(room);
  await clock.advance(STOP_PATIENCE_MILLISECONDS);
  await soon(viewed.shows('the sandbox was replaced'));
  expect(sandboxes.all.length).toBe(2);
});

test('a limit is named with its number and what to do', async () => {
  const { soon, run, viewed } = await open();
  await run('limit cpu');
  expect((await soon(viewed.ended('r')))?.outcome).toEqual({ kind: 'limit', limit: 'cpu' });
  await soon(viewed.shows('Stopped: 10 s of CPU time without input. Look for a loop'));
  await soon(viewed.phase('prompt'));
});

test('an interpreter that keeps ending is not started for ever', async () => {
  const { soon, viewed, sandboxes, clock } = await open();
  for (let i = 0; i < 4; i++) {
    sandboxes.last.end({ kind: 'exited', code: 1 });
    await clock.advance(10);
  }
  await soon(viewed.shows('keeps ending'));
  expect(viewed.state?.phase.kind).toBe('absent');
  expect(sandboxes.all.length).toBe(4);
});

test('a quiet prompt is paused, a key wakes it', async () => {
  const { clock, sandboxes, type } = await open();
  await clock.advance(IDLE.pauseMilliseconds);
  expect(sandboxes.last.paused).toBe(true);
  await type('print awake\r');
  expect(sandboxes.last.paused).toBe(false);
  await clock.advance(IDLE.pauseMilliseconds + 100);
  expect(sandboxes.last.paused).toBe(true);
});

test('a program that runs is not paused', async () => {
  const { soon, run, clock, sandboxes, viewed } = await open();
  await run('input');
  await soon(viewed.phase('running'));
  await clock.advance(IDLE.endMilliseconds * 2);
  expect(sandboxes.last.deeds).not.toContain('pause');
  expect(sandboxes.last.state.kind).toBe('claimed');
});

test('an unused sandbox is ended with a message, and a key brings a fresh one that gets what was typed', async () => {
  const { soon, clock, sandboxes, type, viewed } = await open();
  const { last } = sandboxes;
  await clock.advance(IDLE.endMilliseconds);
  await soon(viewed.shows('Ended after 30 min without use'));
  expect(viewed.state?.phase.kind).toBe('absent');
  expect(last.state.kind).toBe('ended');
  await type('print again\r');
  await soon(viewed.phase('prompt'));
  await soon(viewed.shows('\r\nagain\r\n'));
  expect(sandboxes.last).not.toBe(last);
});

test('a terminal that nobody watches is forgotten, and begins anew under a higher epoch', async () => {
  const { soon, clock, sandboxes, terminals, room, id, viewers } = await open();
  await terminals.unwatch(room, id);
  await clock.advance(IDLE.unwatchedMilliseconds);
  expect(sandboxes.last.state.kind).toBe('ended');
  const { id: later, viewed } = viewers.viewer();
  await terminals.watch(room, later, FRESH, async () => 7);
  await soon(viewed.phase('prompt'));
  expect(viewed.state?.epoch).toBe(7);
});

test('S1 each run takes a sandbox of its own, and the one before is released', async () => {
  const { soon, run, viewed, sandboxes } = await open();
  await run('print one', 'r1');
  await soon(viewed.ended('r1'));
  await run('print two', 'r2');
  await soon(viewed.ended('r2'));
  expect(sandboxes.all.map((each) => each.state.kind)).toEqual(['ended', 'ended', 'claimed']);
  expect(sandboxes.all.every((each) => each.deeds.filter((deed) => deed.startsWith('start')).length === 1)).toBe(true);
});

test('where runs share a sandbox, each starts in it again', async () => {
  const { soon, run, viewed, sandboxes } = await open(KEPT);
  await run('print one', 'r1');
  await soon(viewed.ended('r1'));
  await run('print two', 'r2');
  await soon(viewed.ended('r2'));
  expect(sandboxes.all.length).toBe(1);
  expect(sandboxes.last.deeds).toEqual(['start prompt 80x24', 'start main 80x24', 'start main 80x24']);
});

test('where no place is left, the room gives its own up for the next run', async () => {
  const { soon, run, viewed, sandboxes } = await open();
  sandboxes.most = 1;
  await run('print fits');
  await soon(viewed.ended('r'));
  await soon(viewed.shows('fits'));
});

test('a run that cannot be met says why, and the prompt comes when it can', async () => {
  const { soon, run, viewed, sandboxes, terminals } = await open();
  sandboxes.refusal = 'image-missing';
  await expect(run('print x')).rejects.toMatchObject({ code: 'language-not-ready' });
  await soon(viewed.shows('still being installed'));
  expect(viewed.state?.phase.kind).toBe('absent');
  sandboxes.refusal = undefined;
  terminals.retry();
  await soon(viewed.phase('prompt'));
});

test('only the runner answers a query, and only the sandbox that asked hears it', async () => {
  const { soon, run, viewed, sandboxes, viewers, watch } = await open();
  const second = viewers.viewer();
  await watch(second.id);
  await run('ask');
  await soon(viewed.ended('r'));
  await soon(viewed.until(() => sandboxes.last.answers !== ''));
  expect(sandboxes.last.answers).toMatch(/^\x1b\[\d+;\d+R$/);
  expect(viewed.text).not.toContain('\x1b[6n');
  expect(sandboxes.all[0]!.answers).toBe('');
});

test('the size follows whoever typed last', async () => {
  const { soon, type, viewed, sandboxes } = await open();
  await type('x', { columns: 100, rows: 40 });
  await soon(viewed.until(() => viewed.state?.columns === 100 && viewed.state.rows === 40));
  expect(sandboxes.last.deeds).toContain('resize 100x40');
});

test('W2 more input than is kept is refused, and Ctrl-C does not wait for it', async () => {
  const { soon, run, terminals, room, viewed } = await open();
  await run('loop');
  await soon(viewed.phase('running'));
  const client = drawAccessId() as ClientId;
  const send = (sequence: number) =>
    terminals.input(room, PERSON, { client, sequence, base: 1, data: 'x'.repeat(4096) });
  const behindGap = Array.from({ length: 100 }, (_, index) =>
    send(index + 2).then(
      () => 'taken',
      (error) => error.code,
    ),
  );
  expect(new Set(await Promise.all(behindGap))).toEqual(new Set(['taken', 'input-too-fast']));
  await terminals.interrupt(room);
  expect((await soon(viewed.ended('r')))?.outcome).toEqual({ kind: 'stopped' });
});

test('what a program left behind is undone before the next: alternate screen, colours, hidden cursor', async () => {
  const { soon, run, viewed, sandboxes, viewers, watch } = await open();
  await run('loop', 'r1');
  await soon(viewed.phase('running'));
  sandboxes.last.emit('\x1b[?1049h\x1b[?25l\x1b[31m\x1b[5;10rfull screen\x1b[?1000h');
  sandboxes.last.end({ kind: 'exited', code: 9 });
  await soon(viewed.shows('exit code 9'));
  await soon(viewed.phase('prompt'));
  const later = viewers.viewer();
  await watch(later.id);
  await soon(later.viewed.shows('exit code 9'));
  expect(later.viewed.text).not.toContain('\x1b[?1047h');
  expect(later.viewed.text).not.toContain('\x1b[?25l');
  expect(later.viewed.text).not.toContain('full screen');
});

test('whoever watches in another language is shown that one, which needs an epoch', async () => {
  const { soon, terminals, room, viewers, sandboxes, viewed } = await open();
  const { id } = viewers.viewer();
  expect(await terminals.watchWith(room, id, KEPT, undefined)).toBe(false);
  expect(sandboxes.all.length).toBe(1);
  await terminals.watch(room, id, KEPT, async () => 2);
  await soon(viewed.shows('The kept language now. Earlier definitions are gone.'));
  await soon(viewed.phase('prompt'));
  expect(sandboxes.all.map(({ language }) => language)).toEqual([FRESH, KEPT]);
  expect(await soon(terminals.watchWith(room, id, KEPT, undefined))).toBe(true);
});

test.each([true, false])('Stop at what says it is a prompt replaces it only if it computes: %s', async (burning) => {
  const { soon, terminals, room, clock, sandboxes, viewed } = await open();
  sandboxes.last.burning = burning;
  await terminals.stop(room);
  await clock.advance(STOP_PATIENCE_MILLISECONDS);
  await soon(viewed.phase('prompt'));
  expect(sandboxes.all.length).toBe(burning ? 2 : 1);
  expect(viewed.text.includes('Stop did not help')).toBe(burning);
});

test.each([FRESH, KEPT])('Run while a Stop is working begins afresh: %s', async (language) => {
  const { soon, run, terminals, room, sandboxes, viewed } = await open(language);
  await run('deaf', 'r1');
  await soon(viewed.phase('running'));
  await terminals.stop(room);
  expect(await run('print second', 'r2')).toBe('started');
  expect((await soon(viewed.ended('r2')))?.outcome).toEqual({ kind: 'exited', code: 0 });
  expect(sandboxes.last.deeds[0]).toBe('start main 80x24');
  expect(sandboxes.all.at(-2)?.state.kind).toBe('ended');
});

test('Run while a Stop ends a run that is being prepared begins afresh', async () => {
  const { soon, run, terminals, room, sandboxes, viewed } = await open();
  let openGate = () => {};
  sandboxes.gate = new Promise((resolve) => {
    openGate = resolve;
  });
  const first = run('print never', 'r1');
  await terminals.stop(room);
  const second = run('print second', 'r2');
  openGate();
  await Promise.all([first, second]);
  await soon(viewed.ended('r2'));
  expect(viewed.text).toContain('second');
  expect(viewed.text).not.toContain('never');
});
