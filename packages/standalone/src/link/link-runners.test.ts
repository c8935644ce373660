import type { ClientId, ConnectionId, LanguageId, PersonId, RoomId } from '@codeconnected/core/room/ids.ts';
import { drawAccessId } from '@codeconnected/core/room/ids.ts';
import { describeRunnersContract } from '@codeconnected/core/sandbox/runners.contract.ts';
import { createRunner } from '@codeconnected/runner/runner.ts';
import type { Log } from '@codeconnected/runner/sandbox/sandboxes.ts';
import { IDLE, PROGRAMS } from '@codeconnected/runner/testing/place.ts';
import { FRESH, ScriptedSandboxes } from '@codeconnected/runner/testing/scripted-sandboxes.ts';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openControl } from './testing.ts';

const CREDENTIAL = 'the-link-token-of-this-test';
const QUIET = { info() {}, warn() {}, error() {} };

async function openRunner(url: string, credential = CREDENTIAL, name = 'test', log: Log = QUIET) {
  const sandboxes = new ScriptedSandboxes();
  const runner = await createRunner({ sandboxes, idle: IDLE, link: { url, credential }, name, log });
  return { sandboxes, runner };
}

describeRunnersContract('over the link, through the service', async () => {
  const control = await openControl(CREDENTIAL);
  const { runner } = await openRunner(control.url);
  await control.ready();
  return {
    runners: control.runners,
    language: FRESH,
    programs: PROGRAMS,
    entry: 'main',
    viewer: () => control.viewers.viewer(),
    close: async () => {
      await runner.close();
      await control.close();
    },
  };
});

describe('the link', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  async function both() {
    const control = await openControl(CREDENTIAL);
    closing.push(() => control.close());
    const opened = await openRunner(control.url);
    closing.push(() => opened.runner.close());
    await control.ready();
    let epochs = 0;
    const room = drawAccessId() as RoomId;
    const { id, viewed } = control.viewers.viewer();
    const watch = () => control.runners.watch(room, id, FRESH, async () => ++epochs);
    await watch();
    await viewed.phase('prompt');
    const run = (text: string, name = 'r') =>
      control.runners.run(room, {
        run: name,
        by: 'somebody' as PersonId,
        language: FRESH,
        files: [{ name: 'main', text }],
        entry: 'main',
        epoch: ++epochs,
        columns: 80,
        rows: 24,
      });
    return { control, ...opened, room, id, viewed, watch, run };
  }

  test('W1 larger requests and posts are cut and come whole', async () => {
    const { viewed, run, room, id, control, sandboxes, watch } = await both();
    const line = 'é"\\'.repeat(20_000);
    await run(`print ${line}\nprint end`);
    await viewed.ended('r');
    await viewed.shows(`${line}\r\nend`);
    await control.runners.unwatch(room, id);
    await watch();
    expect(sandboxes.last.deeds).toContain('start main 80x24');
    await viewed.shows('end');
  });

  test('S2 a room whose screen is as large as a program can make it cuts nobody else', async () => {
    const { control, sandboxes, run, viewed } = await both();
    const hostile = drawAccessId() as RoomId;
    const first = control.viewers.viewer();
    await control.runners.watch(hostile, first.id, FRESH, async () => 1);
    await first.viewed.phase('prompt');
    await control.runners.resize(hostile, { columns: 300, rows: 120 });
    let line = '';
    for (let i = 0; i < 300; i++) line += `\x1b[1;3;4;5;9;38;2;1;2;${i % 256};48;2;3;${i % 256};4mx`;
    for (let i = 0; i < 400; i++) sandboxes.last.emit(`${line}\r\n`);
    sandboxes.last.emit('drawn');
    await first.viewed.shows('drawn');
    let lost = false;
    control.runners.onRunnerLost(() => {
      lost = true;
    });
    const late = control.viewers.viewer();
    await control.runners.watch(hostile, late.id, FRESH, async () => 1);
    await late.viewed.shows('drawn');
    await run('print unharmed');
    await viewed.ended('r');
    await viewed.shows('unharmed');
    expect(lost).toBe(false);
  });

  test('a language that is not there, however long its name, keeps nobody from watching', async () => {
    const { control } = await both();
    const { id, viewed } = control.viewers.viewer();
    const name = 'x'.repeat(1000) as LanguageId;
    await control.runners.watch(drawAccessId() as RoomId, id, name, async () => 1);
    await viewed.shows('language that is not installed here');
  });

  test('files that the link does not take are refused as such, and nothing else is', async () => {
    const { run, viewed } = await both();
    await expect(run('\0'.repeat(3 * 1024 * 1024))).rejects.toMatchObject({ code: 'file-too-large' });
    await run('print goes on', 'r2');
    await viewed.ended('r2');
  });

  test('P2 a runner without the credential is turned away at the upgrade', async () => {
    const control = await openControl(CREDENTIAL);
    closing.push(() => control.close());
    const turnedAway = new Promise<void>((resolve) => {
      const { push } = control.refused;
      control.refused.push = (...given) => {
        resolve();
        return push.apply(control.refused, given);
      };
    });
    const warned: unknown[] = [];
    const log = { ...QUIET, warn: (fields: object) => warned.push(fields) };
    const { runner } = await openRunner(control.url, 'something else', 'test', log);
    closing.push(() => runner.close());
    await turnedAway;
    await vi.waitUntil(() => control.refused.length >= 3);
    expect(control.log.filter((each) => each === 'a runner was turned away')).toHaveLength(1);
    expect(warned).toEqual([{ cause: 'it knows another link token' }]);
    expect(control.runners.problem).toBe('no token');
    expect(control.refused[0]).toBe('Bearer something else');
    expect(await control.runners.languages()).toEqual([]);
    await expect(control.runners.stop(drawAccessId() as RoomId)).rejects.toMatchObject({ code: 'runner-absent' });
  });

  test('W2 a link that breaks is told to the viewers, dialled again, and the terminal lives on', async () => {
    const { control, viewed, watch, room, sandboxes } = await both();
    const before = sandboxes.last;
    const lost = viewed.phase('absent');
    const ready = new Promise<void>((resolve) => control.runners.onRunnerReady(resolve));
    control.cut();
    await lost;
    await ready;
    await watch();
    await viewed.phase('prompt');
    expect(sandboxes.last).toBe(before);
    const client = drawAccessId() as ClientId;
    const input = { client, sequence: 1, base: 1, data: 'print again\r' };
    expect(await control.runners.input(room, 'somebody' as PersonId, input)).toBe(1);
    await viewed.shows('\r\nagain\r\n');
  });

  test('what was asked over a link that broke is rejected', async () => {
    const { control, sandboxes, run } = await both();
    sandboxes.gate = new Promise(() => {});
    const running = run('print never');
    control.cut();
    await expect(running).rejects.toMatchObject({ code: 'runner-failed' });
  });

  test('W2 a viewer that is gone is posted nothing more', async () => {
    const { control, id, viewed, run, runner, room } = await both();
    const second = control.viewers.viewer();
    await control.runners.watch(room, second.id, FRESH, async () => 9);
    control.viewers.remove(id);
    const told = new Promise<void>((resolve) => {
      const gone = runner.terminals.gone.bind(runner.terminals);
      runner.terminals.gone = (viewer) => {
        gone(viewer);
        resolve();
      };
    });
    await run('print one', 'r1');
    await second.viewed.ended('r1');
    await told;
    const posted: ConnectionId[] = [];
    const post = runner.link!.post.bind(runner.link);
    runner.link!.post = (to, text) => {
      posted.push(...to);
      post(to, text);
    };
    const frames = viewed.frames.length;
    await run('print two', 'r2');
    await second.viewed.ended('r2');
    expect(viewed.frames.length).toBe(frames);
    expect(posted).toContain(second.id);
    expect(posted).not.toContain(id);
  });

  test('P1 a runner reaches only those who watch, and only with what a terminal shows', async () => {
    const { control, runner, id, viewed, run } = await both();
    const other = control.viewers.viewer();
    const link = runner.link!;
    const output = JSON.stringify({ t: 'output', e: 1, n: 1, d: 'not watched' });
    link.post([other.id], output);
    const before = viewed.frames.length;
    for (const t of ['update', 'ack', 'document-replaced', 'error']) link.post([id], JSON.stringify({ t }));
    for (const text of [
      '{"t":"output","t":"update"}',
      '{"t":"output","\\u0074":"ack"}',
      '{"t":"output"',
      'null',
      '1',
    ]) {
      link.post([id], text);
    }
    await run('print allowed');
    await viewed.ended('r');
    expect(other.viewed.frames).toEqual([]);
    const kinds = viewed.frames.slice(before).map(({ t }) => t);
    expect(new Set(kinds)).toEqual(new Set(['output', 'terminal']));
  });

  test('what a runner says of its languages is checked: another thing refuses its link', async () => {
    const { control, sandboxes } = await both();
    const [language] = sandboxes.languages();
    sandboxes.languages = () => [{ ...language!, name: { not: 'a text' } as unknown as string }];
    sandboxes.changed();
    await control.said('the runner is gone');
    expect(control.runners.problem).toMatch(/^its link was refused/);
    expect(await control.runners.languages()).toEqual([]);
  });

  test('S3 the log shows how a room’s name begins, and no more: the whole opens it', async () => {
    const control = await openControl(CREDENTIAL);
    closing.push(() => control.close());
    const logged: object[] = [];
    const log = { ...QUIET, warn: (fields: object) => logged.push(fields) };
    const { runner, sandboxes } = await openRunner(control.url, CREDENTIAL, 'test', log);
    closing.push(() => runner.close());
    await control.ready();
    const room = drawAccessId() as RoomId;
    const { id, viewed } = control.viewers.viewer();
    await control.runners.watch(room, id, FRESH, async () => 1);
    await viewed.phase('prompt');
    sandboxes.last.resize = () => Promise.reject(new Error('no'));
    await control.runners.resize(room, { columns: 100, rows: 30 });
    expect(JSON.stringify(logged)).toContain(room.slice(0, 6));
    expect(JSON.stringify(logged)).not.toContain(room);
  });

  test('a second runner is turned away, and the first goes on', async () => {
    const { control, run, viewed } = await both();
    const { runner } = await openRunner(control.url, CREDENTIAL, 'another');
    closing.push(() => runner.close());
    await control.said('a second runner was turned away');
    await run('print still here');
    await viewed.ended('r');
  });

  test('a runner that dials anew takes the place of its older link', async () => {
    const { control } = await both();
    const ready = new Promise<void>((resolve) => control.runners.onRunnerReady(resolve));
    const { runner } = await openRunner(control.url);
    await ready;
    await runner.close();
  });
});
