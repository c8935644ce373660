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

/** Opens the list of people and changes one's own name there. */
export async function callOneself({ page }: Person, name: string): Promise<void> {
  await page.getByRole('button', { name: 'People and your name' }).click();
  await page.getByRole('textbox', { name: /your name/i }).fill(name);
  await page.keyboard.press('Escape');
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

/** Pastes as the clipboard would, whatever the text holds: keys cannot type a NUL. */
export async function paste(person: Person, text: string): Promise<void> {
  await person.editor.evaluate((node, pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    node.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

/** The whole text as the editor copies it: also what it does not draw, since it is out of sight. */
export async function copiedCode(person: Person): Promise<string> {
  await person.editor.click();
  await person.page.keyboard.press('ControlOrMeta+a');
  const copied = await person.page.evaluateHandle(() => {
    const text = new Promise<string>((done) => {
      const copy = (event: ClipboardEvent) => done(event.clipboardData?.getData('text/plain') ?? '');
      window.addEventListener('copy', copy, { once: true });
    });
    return { text };
  });
  await person.page.keyboard.press('ControlOrMeta+c');
  return await copied.evaluate(({ text }) => text);
}

/** What stands in the terminal, whatever its width: its rows, in which notes are broken at spaces, as one line. */
export async function screenOf(person: Person): Promise<string> {
  const rows = await person.terminal.locator('.xterm-rows > div').allInnerTexts();
  return rows.join(' ').replaceAll(/\s+/g, ' ');
}

/** Where a text of one row of the terminal stands on the page: its left end, at half its height. */
export async function placeInTerminal(person: Person, text: string): Promise<{ x: number; y: number; width: number }> {
  const rows = person.terminal.locator('.xterm-rows > div', { hasText: text });
  return rows.last().evaluate((row, wanted) => {
    const range = document.createRange();
    const from = row.textContent?.indexOf(wanted) ?? -1;
    const nodes = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    let before = 0;
    for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
      const { length } = node.textContent ?? '';
      const within = (at: number) => at >= before && at <= before + length;
      if (within(from) && from < before + length) range.setStart(node, from - before);
      if (within(from + wanted.length)) range.setEnd(node, from + wanted.length - before);
      before += length;
    }
    const { x, y, width, height } = range.getBoundingClientRect();
    return { x, y: y + height / 2, width };
  }, text);
}

/** Somebody who types one letter again and again until told to stop. */
export interface Typist {
  /** Letters typed so far. */
  readonly typed: number;
  /** Resolves when so many letters more are typed. */
  more(letters: number): Promise<void>;
  /** @returns how many letters were typed in all */
  stop(): Promise<number>;
}

/** Types where the person's caret stands; the letter must not be one that the editor completes. */
export function keepTyping({ page }: Person, letter: string): Typist {
  let typed = 0;
  let stopped = false;
  const done = (async () => {
    while (!stopped) {
      await page.keyboard.press(letter);
      typed += 1;
    }
  })();
  return {
    get typed() {
      return typed;
    },
    async more(letters) {
      const until = typed + letters;
      await expect.poll(() => typed).toBeGreaterThanOrEqual(until);
    },
    async stop() {
      stopped = true;
      await done;
      return typed;
    },
  };
}

/** Puts the caret at the end of the first line. */
export async function goToFirstLine({ editor, page }: Person): Promise<void> {
  await editor.click();
  await page.keyboard.press('ControlOrMeta+Home');
  await page.keyboard.press('End');
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
