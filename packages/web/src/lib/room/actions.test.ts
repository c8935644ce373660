import { describe, expect, it } from 'vitest';
import { LEAVE_TERMINAL, pressed, searchActions, shortcutText } from './actions.ts';

const event = (key: string, ...held: string[]) =>
  ({
    key,
    ctrlKey: held.includes('ctrl'),
    metaKey: held.includes('meta'),
    shiftKey: held.includes('shift'),
    altKey: held.includes('alt'),
  }) as KeyboardEvent;

describe('keys of actions', () => {
  it('match the whole combination and nothing more', () => {
    expect(pressed(event('Enter', 'ctrl'), 'Mod-Enter')).toBe(true);
    expect(pressed(event('P', 'ctrl', 'shift'), 'Mod-Shift-P')).toBe(true);
    expect(pressed(event('p', 'ctrl'), 'Mod-Shift-P')).toBe(false);
    expect(pressed(event('Enter'), 'Mod-Enter')).toBe(false);
    expect(pressed(event('k', 'ctrl', 'alt'), 'Mod-K')).toBe(false);
    expect(pressed(event('F6', 'shift'), 'F6')).toBe(false);
  });

  it('are said as the keyboard says them', () => {
    expect(shortcutText('Mod-Shift-P')).toBe('Ctrl+Shift+P');
    expect(shortcutText('Ctrl-Shift-Escape')).toBe('Ctrl+Shift+Esc');
  });

  it('leave the terminal by what no system takes for itself', () => {
    expect(shortcutText(LEAVE_TERMINAL[0])).toBe('Shift+F6');
  });
});

it('an action that begins with what was typed comes before those that only hold the words', () => {
  const action = (label: string) => ({ id: label, label, run: () => undefined });
  const all = ['Go to the editor (leave the terminal)', 'Run', 'Go to the terminal'].map(action);
  const found = (query: string) => searchActions(all, query).map(({ label }) => label);
  expect(found('go to the terminal')).toEqual(['Go to the terminal', 'Go to the editor (leave the terminal)']);
  expect(found('terminal go')).toEqual(['Go to the editor (leave the terminal)', 'Go to the terminal']);
  expect(found('')).toHaveLength(3);
  expect(found('nothing')).toEqual([]);
});
