/** People in a room, as a browser shows them: one context each, so that cookies and stores are apart. */
import { type Browser, type BrowserContext, expect, type Locator, type Page } from '@playwright/test';

export const BASE_URL = (): string => process.env.E2E_URL!;

export interface Person {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly editor: Locator;
  readonly terminal: Locator;
  readonly saving: Locator;
  readonly result: Locator;
  readonly run: Locator;
  readonly stop: Locator;
}

export function personAt(context: BrowserContext, page: Page): Person {
  return {
    context,
    page,
    editor: page.getByRole('textbox', { name: 'Code editor' }),
    terminal: page.getByRole('region', { name: 'Terminal' }),
    saving: page.getByRole('status', { name: 'Saving state' }),
    result: page.getByRole('status', { name: 'Run result' }),
    run: page.getByRole('button', { name: 'Run', exact: true }),
    stop: page.getByRole('button', { name: 'Stop', exact: true }),
  };
}

/** A new person opens an address. */
export async function arrive(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Person> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(url);
  return personAt(context, page);
}

/** A new person starts a room of a language from the home page and waits until it can be typed in. */
export async function startRoom(
  browser: Browser,
  language = 'Python',
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Person> {
  const person = await arrive(browser, BASE_URL(), options);
  await person.page.getByRole('button', { name: language, exact: true }).click();
  await person.page.waitForURL(/\/s\/[A-Za-z0-9_-]{22}$/);
  await settled(person);
  return person;
}

/** The editor is live and everything is saved. */
export async function settled(person: Person): Promise<void> {
  await expect(person.editor).toBeVisible();
  await expect(person.saving).toHaveText('Saved');
}

/** Replaces the whole text by typing it, without the editor's own brackets and indentation getting in the way. */
export async function writeCode(person: Person, code: string): Promise<void> {
  await person.editor.click();
  await person.page.keyboard.press('ControlOrMeta+a');
  await person.page.keyboard.press('Delete');
  await person.page.keyboard.insertText(code);
}

/** The editor's text, as its lines show it. */
export async function codeOf(person: Person): Promise<string> {
  const lines = await person.editor.locator('.cm-line').allInnerTexts();
  return lines.map((line) => (line === '\n' ? '' : line)).join('\n');
}

/** Types into the terminal and presses Enter. */
export async function typeInTerminal(person: Person, text: string): Promise<void> {
  await person.terminal.click();
  await person.page.keyboard.type(text);
  await person.page.keyboard.press('Enter');
}

/** How often each letter of a text occurs, as `a3 b5`: says whether any was lost, in whatever order they came. */
export function lettersOf(text: string): string {
  const counts = new Map<string, number>();
  for (const letter of text.replaceAll(/\s|#/g, '')) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([letter, count]) => `${letter}${count}`)
    .join(' ');
}
