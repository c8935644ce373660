import { beforeEach, describe, expect, it } from 'vitest';
import { TerminalView } from './terminal-view.ts';

let shown: string[];
let view: TerminalView;
beforeEach(() => {
  shown = [];
  view = new TerminalView({
    screen: ({ d }) => void shown.push(`screen ${d}`),
    output: ({ d }) => void shown.push(d),
    state: ({ epoch }) => void shown.push(`state of ${epoch}`),
  });
  view.connected(0);
});

const screen = (e: number, n: number, d = 'S') => view.screen({ t: 'screen', e, n, d, columns: 80, rows: 24 });
const output = (e: number, n: number, now = 0) => view.output({ t: 'output', e, n, d: `${e}.${n}` }, now);
const state = (epoch: number, s: number, now = 0) =>
  view.terminal({ t: 'terminal', s, state: { epoch, phase: { kind: 'absent' }, columns: 80, rows: 24 } }, now);

describe('the terminal on a page', () => {
  it('asks for the screen at once, and again with growing waits until it comes', () => {
    expect(view.watchDue(0)).toBe(true);
    expect(view.watchDue(0)).toBe(false);
    expect(view.watchDue(3_000)).toBe(true);
    expect(view.watchDue(6_000)).toBe(false);
    expect(view.watchDue(9_000)).toBe(true);
    screen(1, 0);
    expect(view.watchAt).toBeUndefined();
  });

  it('W2 shows output in order, each once, after the screen that it follows', () => {
    output(1, 6);
    output(1, 4);
    screen(1, 4);
    output(1, 4);
    output(1, 7);
    expect(shown).toEqual(['screen S']);
    output(1, 5);
    output(1, 6);
    expect(shown).toEqual(['screen S', '1.5', '1.6', '1.7']);
  });

  it('asks for the screen when output stays missing, not when it is only late', () => {
    view.watchDue(0);
    screen(1, 0);
    output(1, 2, 100);
    expect(view.watchDue(399)).toBe(false);
    output(1, 1, 399);
    expect(view.watchDue(10_000)).toBe(false);
    output(1, 4, 10_000);
    expect(view.watchDue(10_300)).toBe(true);
    screen(1, 4, 'again');
    output(1, 5);
    expect(shown).toEqual(['screen S', '1.1', '1.2', 'screen again', '1.5']);
  });

  it('C1 drops what belongs to an older claim', () => {
    screen(2, 0, 'new');
    screen(1, 9, 'old');
    output(1, 10);
    state(1, 99);
    expect(shown).toEqual(['screen new']);
  });

  it('C1 asks for the screen of a newer claim, and shows nothing of it before', () => {
    screen(1, 0);
    output(2, 1, 50);
    expect(view.watchDue(350)).toBe(true);
    screen(2, 0, 'new');
    expect(shown).toEqual(['screen S', 'screen new', '2.1']);
    state(3, 1, 400);
    expect(view.watchDue(700)).toBe(true);
  });

  it('C1 shows what a new connection is told first, though no runner has a claim any more', () => {
    state(3, 7);
    screen(3, 4);
    state(0, 1);
    expect(shown).toEqual(['state of 3', 'screen S']);
    view.disconnected();
    view.connected(10_000);
    state(0, 1, 10_000);
    expect(view.state?.epoch).toBe(0);
    screen(2, 9, 'older');
    output(3, 5, 10_000);
    state(2, 9, 10_000);
    expect(shown).toEqual(['state of 3', 'screen S', 'state of 0', '3.5']);
    state(3, 1, 10_000);
    expect(shown.at(-1)).toBe('state of 3');
  });

  it('W2 drops a state and a screen that are older than what is shown', () => {
    state(1, 2);
    state(1, 1);
    state(1, 2);
    expect(shown).toEqual(['state of 1']);
    screen(1, 0);
    output(1, 1);
    output(1, 2);
    screen(1, 1, 'late');
    expect(shown.at(-1)).toBe('1.2');
    screen(1, 2, 'same');
    expect(shown.at(-1)).toBe('screen same');
  });

  it('keeps a bounded number of outputs for a screen that does not come', () => {
    for (let n = 1; n < 1_000; n++) output(1, n);
    screen(1, 990);
    expect(shown.length).toBeLessThan(300);
  });
});
