import { describe, expect, it } from 'vitest';
import { CodedError } from '../error/visible.ts';
import type { Role } from './connections.ts';
import type { ClientFrameInput } from './frames.ts';
import { memoryConnections } from './memory/connections.ts';
import { CLIENT, edit, makePlace, ROOM } from './relay.testing.ts';
import { noTerminal, type TerminalFrame } from './terminal-frames.ts';

describe('permission', () => {
  const size = { columns: 80, rows: 24 };
  const frames: ClientFrameInput[] = [
    edit(1),
    { t: 'run', run: 'r', sv: 'AA==', ...size },
    { t: 'stop' },
    { t: 'interrupt' },
    { t: 'reset' },
    { t: 'clear' },
    { t: 'language', sv: 'AA==' },
    { t: 'input', c: CLIENT, n: 1, b: 1, d: 'x' },
  ];

  it.each(frames)('P1 refuses a viewer the frame $t', async (frame) => {
    const received: TerminalFrame[] = [];
    const terminal = { ...noTerminal, receive: async (_: unknown, each: TerminalFrame) => void received.push(each) };
    const place = await makePlace({ roleOf: () => 'viewer', terminal });
    await place.join('a');
    await place.send('a', frame);
    expect(place.got('a', 'error')).toMatchObject([{ code: 'not-allowed', about: frame.t }]);
    expect(received).toEqual([]);
    expect(await place.logged()).toEqual([]);
  });

  it('P1 reads again after registering what a joiner may do', async () => {
    let role: Role = 'editor';
    const connections = memoryConnections();
    const place = await makePlace({
      roleOf: () => role,
      connections: {
        ...connections,
        // The owner's change comes between the first look and the registration, so it finds no connection to change.
        async register(connection) {
          role = 'viewer';
          await connections.register(connection);
        },
      },
    });
    await place.join('a');
    await place.send('a', edit(1));
    expect(place.got('a', 'error')).toMatchObject([{ code: 'not-allowed' }]);
    expect(await place.logged()).toEqual([]);
  });

  it('P1 lets a viewer watch and show a cursor', async () => {
    const received: string[] = [];
    const terminal = { ...noTerminal, receive: async (_: unknown, { t }: TerminalFrame) => void received.push(t) };
    const place = await makePlace({ roleOf: () => 'viewer', terminal });
    await place.join('a');
    await place.send('a', { t: 'watch' });
    await place.send('a', { t: 'cursor', k: null });
    expect(place.got('a', 'error')).toEqual([]);
    expect(received).toEqual(['watch']);
  });

  it('P1 takes nothing from a connection that has not joined', async () => {
    const place = await makePlace();
    place.arrive('a');
    for (const frame of frames) await place.send('a', frame);
    expect(place.got('a', 'error').map(({ code }) => code)).toEqual(frames.map(() => 'not-joined'));
    expect(await place.logged()).toEqual([]);
  });

  it('tells the one who asked why the terminal refused', async () => {
    const receive = async () => {
      throw new CodedError('runner-absent');
    };
    const place = await makePlace({ terminal: { ...noTerminal, receive } });
    await place.join('a');
    await place.send('a', { t: 'watch' });
    await place.send('a', { t: 'input', c: CLIENT, n: 4, b: 1, d: 'x' });
    expect(place.got('a', 'error')).toMatchObject([
      { code: 'runner-absent', about: 'watch' },
      { code: 'runner-absent', about: 'input', c: CLIENT, n: 4 },
    ]);
    expect(place.problems).toEqual([]);
  });

  it('cuts everyone off from a room that goes', async () => {
    const place = await makePlace();
    for (const id of ['a', 'b']) await place.join(id);
    await place.relay.dismiss(ROOM, 'room-unknown');
    expect(place.got('a', 'error')).toMatchObject([{ code: 'room-unknown', final: true }]);
    expect(place.disconnected).toEqual(['a', 'b']);
    expect(await place.connections.list(ROOM)).toEqual([]);
  });
});
