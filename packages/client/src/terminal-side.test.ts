import type { ClientFrameInput } from '@codeconnected/core/room/frames.ts';
import type { ClientId, LanguageId } from '@codeconnected/core/room/ids.ts';
import { HandClock } from '@codeconnected/core/room/memory/hand-clock.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { TerminalSide } from './terminal-side.ts';

let clock: HandClock;
let sent: ClientFrameInput['t'][];
let failed: string[];
let ready: boolean;
let doc: Y.Doc;
let side: TerminalSide;
beforeEach(() => {
  clock = new HandClock();
  sent = [];
  failed = [];
  ready = true;
  doc = new Y.Doc();
  side = new TerminalSide({
    client: 'c' as ClientId,
    clock,
    ready: () => ready,
    send: ({ t }) => void (t === 'watch' || sent.push(t)),
    vector: () => '',
    doc: () => doc,
    fail: (code, about) => void failed.push(`${code} ${about}`),
    events: { screen: () => undefined, output: () => undefined, state: () => undefined },
  });
  side.welcomed();
  shows('python');
});

let states = 0;
const shows = (id: string) =>
  side.frame({
    t: 'terminal',
    s: ++states,
    state: { epoch: 1, phase: { kind: 'prompt', language: id as LanguageId }, columns: 80, rows: 24 },
  });
/** So many of the page's looks at what is overdue, one a second. */
async function pass(seconds: number) {
  for (let each = 0; each < seconds; each++) {
    await clock.advance(1_000);
    side.tick();
  }
}

describe('a switch of the language', () => {
  beforeEach(() => {
    doc.getMap('meta').set('language', 'node');
    side.languageSwitched();
  });

  it('W2 is told again until the terminal shows it', async () => {
    expect(sent).toEqual(['language']);
    await pass(4);
    expect(sent).toEqual(['language', 'language']);
    shows('node');
    await pass(60);
    expect(sent).toEqual(['language', 'language']);
  });

  it('W2 is told again on the next connection', () => {
    ready = false;
    side.disconnected();
    ready = true;
    side.welcomed();
    expect(sent).toEqual(['language', 'language']);
  });

  it('is told a bounded number of times to a terminal that never follows', async () => {
    await pass(300);
    expect(sent.length).toBeGreaterThan(2);
    expect(sent.length).toBeLessThan(10);
  });

  it('is not told by a page that did not switch it', async () => {
    shows('node');
    await pass(10);
    sent.length = 0;
    doc.getMap('meta').set('language', 'other');
    await pass(60);
    expect(sent).toEqual([]);
  });
});

describe('what is typed while there is no connection', () => {
  const lose = () => {
    ready = false;
    side.disconnected();
  };
  const comeBack = () => {
    ready = true;
    side.welcomed();
  };

  it('W2 goes out when the connection is back soon', async () => {
    lose();
    side.type('1', undefined);
    await clock.advance(1_000);
    comeBack();
    expect(sent).toEqual(['input']);
    expect(failed).toEqual([]);
  });

  it('is given up with a reason when it stays away, and never runs later', async () => {
    lose();
    side.type('late', undefined);
    for (let each = 0; each < 3; each++) {
      await clock.advance(1_000);
      side.disconnected();
    }
    expect(failed).toEqual(['not-connected input']);
    side.type('later', undefined);
    expect(failed).toHaveLength(2);
    comeBack();
    await pass(10);
    expect(sent).toEqual([]);
    side.type('now', undefined);
    expect(sent).toEqual(['input']);
  });

  it('takes along what is typed behind it where it is refused, but nothing typed since', async () => {
    for (const key of 'abc') side.type(key, undefined);
    side.refused(1);
    side.type('d', undefined);
    side.refused(2);
    sent = [];
    await pass(3);
    expect(sent).toEqual(['input']);
  });

  it('is refused at once where no connection will follow', () => {
    ready = false;
    side.disconnected(true);
    side.type('x', undefined);
    expect(failed).toEqual(['not-connected input']);
  });
});
