/** For tests: one room's terminal on scripted sandboxes, on a clock that the test turns. */
import {
  type ClientId,
  drawAccessId,
  type LanguageId,
  type PersonId,
  type RoomId,
} from '@codeconnected/core/room/ids.ts';
import { HandClock } from '@codeconnected/core/room/memory/hand-clock.ts';
import { FLUSH_MILLISECONDS } from '@codeconnected/core/terminal/limits.ts';
import { directTerminals } from './place.ts';
import { FRESH } from './scripted-sandboxes.ts';

/** Who types and runs. */
export const PERSON = 'somebody' as PersonId;

/** A room at its prompt, with one viewer. */
export async function openRoom(language: LanguageId = FRESH) {
  const clock = new HandClock();
  const place = directTerminals(clock);
  const { terminals, viewers } = place;
  /** Waits, and turns the clock meanwhile, little by little. */
  const soon = async <T>(what: Promise<T>): Promise<T> => {
    let settled = false;
    const done = what.finally(() => {
      settled = true;
    });
    for (let steps = 0; !settled; steps++) {
      if (steps > 200) throw new Error(`never came; the viewer has ${JSON.stringify([viewed.text, viewed.state])}`);
      await clock.advance(FLUSH_MILLISECONDS);
    }
    return done;
  };
  const room = drawAccessId() as RoomId;
  const { id, viewed } = viewers.viewer();
  const watch = (each = id) => terminals.watch(room, each, language, async () => 1);
  await watch();
  await soon(viewed.phase('prompt'));
  await soon(viewed.shows('> '));
  const run = (text: string, name = 'r', of = language) =>
    terminals.run(room, {
      run: name,
      by: PERSON,
      language: of,
      files: [{ name: 'main', text }],
      entry: 'main',
      epoch: 2,
      columns: 80,
      rows: 24,
    });
  const client = drawAccessId() as ClientId;
  let sequence = 0;
  const type = (data: string, size = {}) => {
    sequence += 1;
    return terminals.input(room, PERSON, { client, sequence, base: sequence, data, ...size });
  };
  return { ...place, soon, clock, room, id, viewed, watch, run, type };
}
