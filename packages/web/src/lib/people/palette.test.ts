import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COLORS, colorOf, initial, initials } from './palette.ts';

/** WCAG AA for text. */
const CONTRAST = 4.5;
/** Difference of two colours that are not taken for each other, even small and apart; 0.02 can just be seen. */
const DIFFERENCE = 0.1;
const css = readFileSync(join(import.meta.dirname, 'palette.css'), 'utf8');
const page = readFileSync(join(import.meta.dirname, '../../app.css'), 'utf8');

/** A property's two values: on light and on dark paper. */
function both(name: string, from = css): [string, string] {
  const found = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(from);
  if (!found) throw new Error(`--${name} is not there`);
  return [found[1]!, found[2]!];
}

type Triple = readonly [number, number, number];

/** Its light as red, green and blue, from 0 to 1. */
function light(color: string): Triple {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return [red!, green!, blue!];
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(color: string): number {
  const [red, green, blue] = light(color);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const times = (rows: readonly Triple[], by: Triple) =>
  rows.map((row) => row[0] * by[0] + row[1] * by[1] + row[2] * by[2]) as unknown as Triple;

/** A colour as it is seen: https://www.w3.org/TR/css-color-4/#color-conversion-code */
function oklab(color: string): Triple {
  const [long, middle, short] = times(
    [
      [0.41222147, 0.53633254, 0.05144599],
      [0.2119035, 0.6806995, 0.1073969],
      [0.08830246, 0.28171884, 0.6299787],
    ],
    light(color),
  );
  return times(
    [
      [0.21045426, 0.7936178, -0.004072],
      [1.9779985, -2.4285922, 0.4505937],
      [0.02590404, 0.78277177, -0.80867577],
    ],
    [Math.cbrt(long), Math.cbrt(middle), Math.cbrt(short)],
  );
}

/** How different two colours look: https://www.w3.org/TR/css-color-4/#color-difference-OK */
function difference(one: string, other: string): number {
  const [a, b] = [oklab(one), oklab(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light! + 0.05) / (dark! + 0.05);
}

describe('people’s colours', () => {
  it.each(['light', 'dark'] as const)('carry their labels and stand out on %s paper', (theme) => {
    const at = theme === 'light' ? 0 : 1;
    const label = both('person-label')[at];
    const paper = both('paper', page)[at];
    for (let index = 0; index < COLORS; index++) {
      const color = both(`person-${index}`)[at];
      expect(contrast(color, label), `label on ${color}`).toBeGreaterThanOrEqual(CONTRAST);
      expect(contrast(color, paper), `${color} on paper`).toBeGreaterThanOrEqual(CONTRAST);
    }
  });

  it.each(['light', 'dark'] as const)('are told apart, and from Run and trouble, on %s paper', (theme) => {
    const at = theme === 'light' ? 0 : 1;
    const people = Array.from({ length: COLORS }, (_, index) => both(`person-${index}`)[at]);
    const all = [...people, both('accent', page)[at], both('trouble', page)[at]];
    for (const [index, one] of people.entries()) {
      for (const other of all.slice(index + 1)) {
        expect(difference(one, other), `${one} and ${other}`).toBeGreaterThanOrEqual(DIFFERENCE);
      }
    }
  });

  it('are one of the palette for whatever index comes', () => {
    expect(colorOf(3)).toBe('var(--person-3)');
    expect(colorOf(COLORS + 3)).toBe('var(--person-3)');
    expect(colorOf(-1)).toBe('var(--person-1)');
  });
});

describe('the page’s colours', () => {
  it.each([
    ['ink', 'paper'],
    ['ink', 'surface'],
    ['ink', 'hover'],
    ['ink', 'select'],
    ['ink-soft', 'paper'],
    ['ink-soft', 'surface'],
    ['accent-ink', 'accent'],
    ['trouble-ink', 'trouble'],
    ['trouble', 'paper'],
    ['trouble', 'surface'],
    ['ink', 'trouble-paper'],
    ['ink', 'warning-paper'],
    ['code-keyword', 'paper'],
    ['code-string', 'paper'],
    ['code-number', 'paper'],
    ['code-comment', 'paper'],
    ['code-function', 'paper'],
    ['code-type', 'paper'],
    ['code-keyword', 'select'],
    ['code-string', 'select'],
    ['code-number', 'select'],
    ['code-comment', 'select'],
    ['code-function', 'select'],
    ['code-type', 'select'],
  ])('%s is readable on %s', (ink, paper) => {
    for (const at of [0, 1] as const) {
      expect(contrast(both(ink, page)[at], both(paper, page)[at])).toBeGreaterThanOrEqual(CONTRAST);
    }
  });
});

describe('initials', () => {
  it.each([
    ['Mia', 'M'],
    ['ada lovelace', 'AL'],
    ['', 'G'],
    ['  ', 'G'],
    ['👩‍👩‍👧 family', '👩‍👩‍👧F'],
    ['José de la Cruz', 'JC'],
  ])('of %j are %s', (name, letters) => {
    expect(initials(name)).toBe(letters);
  });
});

describe('one letter', () => {
  it.each([
    ['ada lovelace', 'A'],
    ['Guest Otter', 'O'],
    ['Guest', 'G'],
    ['', 'G'],
  ])('of %j is %s', (name, letter) => {
    expect(initial(name)).toBe(letter);
  });
});
