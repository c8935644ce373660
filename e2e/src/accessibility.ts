/** What axe finds wrong, and what a finger could not reach. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** What holds the page's controls and its text; each must show all that is in it. */
const HOLDERS = 'body, header, footer, main, form, section, .bar, .pane, [role=tablist]';
/** What a person clicks, touches or writes in. */
const CONTROLS = 'a[href], button, input, select, [role=tab], [role=textbox]';
/** Pixels that a finger needs in both directions. */
const FINGER = 44;

/** The page, as it is now, has no violation that axe calls serious or critical. */
export async function noSeriousViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);
}

/** Nothing is wider than what holds it, and all that can be used stands on the page; the terminal's own field does not. */
export async function fitsTheWidth(page: Page): Promise<void> {
  const wrong = await page.evaluate(
    ([holders, controls]) => {
      const seen = (element: Element) =>
        element.checkVisibility({ visibilityProperty: true }) &&
        !element.closest('.xterm') &&
        !element.closest('.hidden-text');
      const called = (element: Element) =>
        `${element.localName}.${element.className} ${element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 20)}`;
      const cut = [...document.querySelectorAll(holders!)]
        .filter((element) => seen(element) && element.scrollWidth > element.clientWidth)
        .map((element) => `${called(element)}: ${element.scrollWidth} in ${element.clientWidth}`);
      const outside = [...document.querySelectorAll(controls!)]
        .filter(seen)
        .map((element) => ({ element, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.left < 0 || box.right > innerWidth + 0.5)
        .map(({ element, box }) => `${called(element)}: from ${box.left} to ${box.right}`);
      return [...cut, ...outside];
    },
    [HOLDERS, CONTROLS],
  );
  expect(wrong).toEqual([]);
}

/** Each button, link and field outside the text is large enough for a finger. */
export async function fitsAFinger(page: Page): Promise<void> {
  const small = await page.evaluate(
    ([controls, least]) =>
      [...document.querySelectorAll(controls as string)]
        .filter(
          (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.xterm, .cm-editor'),
        )
        .map((element) => ({ element, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.width < Number(least) || box.height < Number(least))
        .map(
          ({ element, box }) =>
            `${element.getAttribute('aria-label') ?? element.textContent?.trim()}: ${box.width} × ${box.height}`,
        ),
    [CONTROLS, FINGER] as const,
  );
  expect(small).toEqual([]);
}
