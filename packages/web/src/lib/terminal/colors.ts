/** The terminal's colours: the page's own for paper and ink, and sixteen that are readable on both papers. */
import type { ITheme } from '@xterm/xterm';

const LIGHT: ITheme = {
  black: '#1a1d21',
  red: '#b42318',
  green: '#0a6b49',
  yellow: '#7a5200',
  blue: '#0b57b7',
  magenta: '#7a2fb5',
  cyan: '#00666b',
  white: '#626b76',
  brightBlack: '#56606b',
  brightRed: '#c4321f',
  brightGreen: '#0b7a4b',
  brightYellow: '#855b00',
  brightBlue: '#1d63d6',
  brightMagenta: '#8a3ffc',
  brightCyan: '#00737a',
  brightWhite: '#3a424b',
};
const DARK: ITheme = {
  black: '#7f8a96',
  red: '#ff8a80',
  green: '#7fd6a0',
  yellow: '#f2c14e',
  blue: '#8ab4ff',
  magenta: '#d3a5ff',
  cyan: '#5fdde0',
  white: '#d5dae0',
  brightBlack: '#8f99a5',
  brightRed: '#ffaea6',
  brightGreen: '#a4e8be',
  brightYellow: '#ffd97d',
  brightBlue: '#b0ccff',
  brightMagenta: '#e3c6ff',
  brightCyan: '#97eef0',
  brightWhite: '#ffffff',
};

/** What a property of the page is at the moment, as `rgb(…)`. */
function resolved(probe: HTMLElement, property: string): string {
  probe.style.color = `var(${property})`;
  return getComputedStyle(probe).color;
}

/** The theme that is on the page now. */
export function terminalTheme(inside: HTMLElement): ITheme {
  const probe = document.createElement('span');
  probe.hidden = true;
  inside.append(probe);
  const [paper, ink, select, line, strong] = ['--paper', '--ink', '--select', '--line', '--line-strong'].map(
    (property) => resolved(probe, property),
  );
  probe.remove();
  const channels = (paper?.match(/\d+/g) ?? []).map(Number);
  const dark = channels.length >= 3 && channels.slice(0, 3).reduce((sum, value) => sum + value, 0) < 384;
  return {
    ...(dark ? DARK : LIGHT),
    background: paper,
    foreground: ink,
    cursor: ink,
    cursorAccent: paper,
    selectionBackground: select,
    selectionInactiveBackground: select,
    scrollbarSliderBackground: line,
    scrollbarSliderHoverBackground: strong,
    scrollbarSliderActiveBackground: strong,
  };
}
