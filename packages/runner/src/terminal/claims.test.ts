/** What one room may take of the sandboxes, and what it gives up for others. */
import { type ConnectionId, drawAccessId, type RoomId } from '@codeconnected/core/room/ids.ts';
import { PRESSES_BURST, RESIZE_MILLISECONDS, SPARED_MILLISECONDS } from '@codeconnected/core/terminal/limits.ts';
import { expect, test } from 'vitest';
import { IDLE } from '../testing/place.ts';
import { openRoom as open, PERSON } from '../testing/room.ts';
import { FRESH, KEPT, type ScriptedSandbox, type ScriptedSandboxes } from '../testing/scripted-sandboxes.ts';

/** Holds the claims that come; returns what lets them go on. */
function hold(sandboxes: ScriptedSandboxes): () => void {
  let release = () => {};
  sandboxes.gate = new Promise((resolve) => {
    release = resolve;
  });
  return () => {
    sandboxes.gate = undefined;
    release();
  };
}

test('S2 a storm of resets has one claim under way, and the latest gets its sandbox', async () => {
  const { terminals, room, sandboxes, soon, viewed, clock } = await open();
  await clock.advance(1_000);
  const go = hold(sandboxes);
  const { claims } = sandboxes;
  const storm = Array.from({ length: 64 }, (_, i) =>
    terminals.reset(room, FRESH, i + 2, `Reset ${i}.`).then(
      () => 'done',
      (error) => error.code,
    ),
  );
  await soon(viewed.phase('starting'));
  expect(sandboxes.claims - claims).toBe(1);
  go();
  const ends = await Promise.all(storm);
  expect(ends.filter((end) => end === 'done').length).toBe(PRESSES_BURST);
  expect(new Set(ends)).toEqual(new Set(['done', 'run-too-fast']));
  await soon(viewed.shows(`Reset ${PRESSES_BURST - 1}.`));
  expect(viewed.text).not.toContain('Reset 0.');
  expect(sandboxes.claims - claims).toBe(1);
  expect(sandboxes.claimed).toBe(1);
  expect(sandboxes.last.deeds).toEqual(['start prompt 80x24']);
});

test('S2 so has a storm of Run and Stop, and of languages', async () => {
  const { terminals, room, run, sandboxes, soon, viewed, clock } = await open();
  await clock.advance(1_000);
  const go = hold(sandboxes);
  const { claims } = sandboxes;
  const storm: Promise<unknown>[] = [];
  for (let i = 0; i < 3; i++) {
    storm.push(run('print never', `r${i}`));
    await terminals.stop(room);
    storm.push(terminals.reset(room, KEPT, 2, 'Kept.'), terminals.reset(room, FRESH, 2, 'Fresh.'));
  }
  storm.push(terminals.reset(room, KEPT, 2, 'Kept at last.'));
  expect(sandboxes.claims - claims).toBe(1);
  go();
  await Promise.all(storm);
  await soon(viewed.shows('Kept at last.'));
  await soon(viewed.phase('prompt'));
  expect(sandboxes.claims - claims).toBe(2);
  expect(sandboxes.all.filter(({ state }) => state.kind === 'claimed').map(({ language }) => language)).toEqual([KEPT]);
});

test('S2 Run pressed too often is refused with what to do, and goes on in a moment', async () => {
  const { run, soon, viewed, clock, sandboxes } = await open();
  for (let i = 0; i < PRESSES_BURST - 1; i++) {
    await run('print x', `r${i}`);
    await soon(viewed.ended(`r${i}`));
  }
  await clock.advance(0);
  const { claims } = sandboxes;
  let refused = 0;
  for (let i = 0; i < 3; i++) {
    await run('print x', `s${i}`).catch((error) => {
      expect(error).toMatchObject({ code: 'run-too-fast' });
      refused += 1;
    });
    await soon(viewed.phase('prompt'));
  }
  expect(refused).toBeGreaterThan(0);
  expect(sandboxes.claims - claims).toBe(3 - refused);
  await clock.advance(2_000);
  expect(await run('print x', 's9')).toBe('started');
  await soon(viewed.ended('s9'));
});

test('a room that is closed while it claims keeps nothing', async () => {
  const { terminals, room, sandboxes } = await open();
  const go = hold(sandboxes);
  const resets = [terminals.reset(room, FRESH, 2, 'One.'), terminals.reset(room, FRESH, 2, 'Two.')];
  await terminals.close(room);
  go();
  await Promise.all(resets);
  expect(sandboxes.claimed).toBe(0);
});

/** A further room on the same sandboxes, at its prompt. */
async function further({ terminals, viewers, soon }: Awaited<ReturnType<typeof open>>) {
  const room = drawAccessId() as RoomId;
  const { id, viewed } = viewers.viewer();
  await terminals.watch(room, id, FRESH, async () => 1);
  await soon(viewed.phase('prompt'));
  return { room, id, viewed };
}

test('where no place is left, the room that nobody has used gives way, is told so, and a key brings a fresh one', async () => {
  const place = await open();
  const { sandboxes, soon, type, viewed, run } = place;
  await run('print mine');
  await soon(viewed.ended('r'));
  const second = await further(place);
  const unused = sandboxes.last;
  sandboxes.most = 2;
  const third = await further(place);
  await soon(second.viewed.shows('one went to another room'));
  expect(second.viewed.state?.phase).toMatchObject({ kind: 'absent' });
  expect(unused.state.kind).toBe('ended');
  expect(viewed.state?.phase.kind).toBe('prompt');
  expect(third.viewed.state?.phase.kind).toBe('prompt');
  await place.terminals.input(second.room, PERSON, {
    client: drawAccessId() as never,
    sequence: 1,
    base: 1,
    data: 'print back\r',
  });
  await soon(second.viewed.shows('\r\nback\r\n'));
  await soon(third.viewed.shows('one went to another room'));
  await type('print still here\r');
  await soon(viewed.shows('\r\nstill here\r\n'));
});

test('none that runs gives way, nor one that was used just now to somebody who merely looks', async () => {
  const place = await open();
  const { sandboxes, soon, viewed, run, type, clock, terminals } = place;
  await type('print used\r');
  await soon(viewed.shows('\r\nused\r\n'));
  await soon(viewed.phase('prompt'));
  sandboxes.most = 1;
  const late = { room: drawAccessId() as RoomId, ...place.viewers.viewer() };
  await terminals.watch(late.room, late.id as ConnectionId, FRESH, async () => 1);
  await soon(late.viewed.shows('Every sandbox is in use.'));
  expect(sandboxes.claimed).toBe(1);
  const runLate = (name: string) =>
    terminals.run(late.room, {
      run: name,
      by: PERSON,
      language: FRESH,
      files: [{ name: 'main', text: 'loop' }],
      entry: 'main',
      epoch: 2,
      columns: 80,
      rows: 24,
    });
  await runLate('l1');
  await soon(viewed.shows('one went to another room'));
  await soon(late.viewed.phase('running'));
  await clock.advance(SPARED_MILLISECONDS * 2);
  await expect(run('print x')).rejects.toMatchObject({ code: 'runner-full' });
  expect(sandboxes.last.state.kind).toBe('claimed');
});

test('of several, the one that nobody watches gives way, then a paused one', async () => {
  const place = await open();
  const { sandboxes, soon, viewed, clock, terminals, type } = place;
  const [first] = sandboxes.all as [ScriptedSandbox];
  const second = await further(place);
  await clock.advance(IDLE.pauseMilliseconds + 100);
  await type('x');
  sandboxes.most = 2;
  const third = await further(place);
  await soon(second.viewed.shows('one went to another room'));
  await clock.advance(SPARED_MILLISECONDS + 100);
  await type('y');
  await clock.advance(SPARED_MILLISECONDS);
  await terminals.unwatch(place.room, place.id);
  await further(place);
  expect(first.state.kind).toBe('ended');
  expect(third.viewed.state?.phase.kind).toBe('prompt');
  expect(viewed.state?.phase.kind).toBe('prompt');
});

test('W3 however often the size changes, it is followed a few times a second, and the latest wins', async () => {
  const { clock, type, sandboxes, soon, viewed } = await open();
  const resizes = () => sandboxes.last.deeds.filter((deed) => deed.startsWith('resize'));
  for (let i = 0; i < 100; i++) {
    await type('x', { columns: 100 + i, rows: 40 });
    await clock.advance(10);
  }
  await clock.advance(RESIZE_MILLISECONDS);
  expect(resizes().length).toBeLessThanOrEqual(1 + 1_000 / RESIZE_MILLISECONDS);
  expect(resizes().at(-1)).toBe('resize 199x40');
  await soon(viewed.until(() => viewed.state?.columns === 199));
});
