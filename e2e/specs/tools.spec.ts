/** What the editor and the page offer beyond writing: keys, settings, panes, the list of actions. */
import { expect, type Page, test } from '@playwright/test';
import { noSeriousViolations } from '../src/accessibility.ts';
import {
  arrive,
  BASE_URL,
  codeOf,
  type Person,
  placeInTerminal,
  settled,
  startRoom,
  typeInTerminal,
  writeCode,
} from '../src/people.ts';

/** The editor's keys of second rank are there a moment after the first: with them comes the colour of the text. */
async function coloured({ editor }: Person): Promise<void> {
  await expect(editor.locator('.cm-line span').first()).toBeVisible();
}

async function runAction(page: Page, words: string): Promise<void> {
  await page.keyboard.press('ControlOrMeta+Shift+p');
  const dialog = page.getByRole('dialog', { name: 'All actions' });
  await dialog.getByRole('combobox').fill(words);
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
}

test('search, completion of any word, and comments', async ({ browser }) => {
  const mia = await startRoom(browser);
  const { page, editor } = mia;
  await coloured(mia);
  await writeCode(mia, 'needle = 1\nhay = 2\nprint(needle)\n# unforgettable\n');

  await page.keyboard.press('ControlOrMeta+f');
  const field = page.getByRole('textbox', { name: 'Find' });
  await expect(field).toBeFocused();
  await page.keyboard.type('needle');
  await expect(editor.locator('.cm-searchMatch')).toHaveCount(2);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Ln 3, Col 13 (6 selected)')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(field).toBeHidden();
  await expect(editor).toBeFocused();

  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.type('unfo');
  await page.getByRole('option', { name: 'unforgettable' }).click();
  await expect.poll(() => codeOf(mia)).toMatch(/\nunforgettable$/);

  await writeCode(mia, 'one = 1\ntwo = 2\n');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('ControlOrMeta+/');
  await expect.poll(() => codeOf(mia)).toBe('# one = 1\n# two = 2\n');
  await page.keyboard.press('ControlOrMeta+/');
  await expect.poll(() => codeOf(mia)).toBe('one = 1\ntwo = 2\n');
});

test('D5 Vim keys move and edit, and their undo takes back only one’s own edits', async ({ browser }) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  await mia.page.getByRole('button', { name: 'Settings' }).click();
  await mia.page.getByRole('combobox', { name: 'Keys' }).selectOption({ label: 'Vim' });
  await mia.page.keyboard.press('Escape');
  const mode = mia.page.getByTitle('Vim’s mode').or(mia.page.getByTitle("Vim's mode"));
  await expect(mode).toHaveText('NORMAL');
  await writeCode(jan, 'one\ntwo\nthree\n');
  await expect.poll(() => codeOf(mia)).toBe('one\ntwo\nthree\n');
  await mia.editor.click();
  await mia.page.keyboard.type('ggjdd');
  await expect.poll(() => codeOf(jan)).toBe('one\nthree\n');
  await mia.page.keyboard.type('O');
  await expect(mode).toHaveText('INSERT');
  await mia.page.keyboard.type('mine');
  await mia.page.keyboard.press('Escape');
  await expect(mode).toHaveText('NORMAL');
  await jan.editor.click();
  await jan.page.keyboard.press('ControlOrMeta+End');
  await jan.page.keyboard.type('jan');
  await expect.poll(() => codeOf(mia)).toBe('one\nmine\nthree\njan');
  // As often as it takes until nothing of one's own is left, and then once more.
  await mia.page.keyboard.type('uuuuuu');
  await expect.poll(() => codeOf(jan)).toBe('one\ntwo\nthree\njan');
  await mia.page.keyboard.press('Control+r');
  await expect.poll(() => codeOf(jan)).not.toBe('one\ntwo\nthree\njan');
  await expect.poll(() => codeOf(jan)).toMatch(/jan$/);
  // Run stays what it is whatever the keys.
  await writeCode(jan, 'print("vim", 6 * 7)\n');
  await expect.poll(() => codeOf(mia)).toContain('vim');
  await mia.page.keyboard.press('ControlOrMeta+Enter');
  await expect(jan.terminal).toContainText('vim 42');
});

test('tab width, font size, theme and one’s name are kept, and a name is seen by the others', async ({ browser }) => {
  const mia = await startRoom(browser, 'Python', { colorScheme: 'light' });
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  const { page } = mia;
  const panel = page.getByRole('group', { name: 'Settings' });
  const size = () => mia.editor.evaluate((node) => Number.parseFloat(getComputedStyle(node).fontSize));
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  const before = await size();
  await page.getByRole('button', { name: 'Settings' }).click();
  await noSeriousViolations(page);
  await panel.getByRole('combobox', { name: 'Tab width' }).selectOption('2');
  await panel.getByRole('button', { name: 'Larger' }).click();
  await panel.getByRole('button', { name: 'Larger' }).click();
  await panel.getByRole('combobox', { name: 'Theme' }).selectOption({ label: 'Dark' });
  await page.keyboard.press('Escape');
  await expect(panel).toBeHidden();
  await page.getByRole('button', { name: 'People and your name' }).click();
  await noSeriousViolations(page);
  await page.getByRole('textbox', { name: /your name/i }).fill('Mia Wallace');
  await page.keyboard.press('Escape');
  await expect(jan.page.getByRole('list', { name: 'Participants' })).toContainText('Mia Wallace');

  const kept = async () => {
    await expect.poll(size).toBe(before + 2);
    await expect.poll(paper).not.toBe(light);
    await expect(page.getByRole('button', { name: 'Theme: dark' })).toBeVisible();
    await expect(page.getByText('2 spaces')).toBeVisible();
    await writeCode(mia, '');
    await page.keyboard.press('Tab');
    await page.keyboard.type('x');
    await expect.poll(() => codeOf(mia)).toBe('  x');
    await expect(page.getByRole('list', { name: 'Participants' }).getByRole('listitem').first()).toHaveText(
      /Mia Wallace \(you\)/,
    );
  };
  await coloured(mia);
  await kept();
  await page.reload();
  await settled(mia);
  await kept();
  await expect(jan.page.getByRole('list', { name: 'Participants' })).toContainText('Mia Wallace');
  await page.goto(BASE_URL());
  await expect(page.getByRole('button', { name: 'Theme: dark' })).toBeVisible();
  expect(await paper()).not.toBe(light);
});

test('the list of actions finds one by its words and runs it', async ({ browser }) => {
  const mia = await startRoom(browser);
  const { page } = mia;
  await writeCode(mia, 'print("by palette", 6 * 7)\n');
  await page.keyboard.press('ControlOrMeta+Shift+p');
  const dialog = page.getByRole('dialog', { name: 'All actions' });
  await expect(dialog.getByRole('option', { name: /^Run/ })).toBeVisible();
  await noSeriousViolations(page);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(mia.editor).toBeFocused();
  await runAction(page, 'run');
  await expect(mia.terminal).toContainText('by palette 42');
  await runAction(page, 'clear term');
  await expect(mia.terminal).not.toContainText('by palette 42');
  await page.keyboard.press('ControlOrMeta+Shift+p');
  await dialog.getByRole('option', { name: /^Go to the terminal/ }).click();
  await page.keyboard.type('6 * 7 * 1000\n');
  await expect(mia.terminal).toContainText('42000');
  await runAction(page, 'rename');
  await expect(page.getByRole('textbox', { name: /title/i })).toBeFocused();
});

test('panes are dragged by mouse and moved by keys, and stay so', async ({ browser }) => {
  const mia = await startRoom(browser);
  const { page } = mia;
  const splitter = page.getByRole('separator', { name: 'Width of the editor' });
  const width = async () => (await page.locator('main').boundingBox())!.width;
  const whole = page.viewportSize()!.width;
  const { x, y, height } = (await splitter.boundingBox())!;
  await page.mouse.move(x, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(whole * 0.3, y + height / 2, { steps: 5 });
  await page.mouse.up();
  await expect.poll(width).toBeCloseTo(whole * 0.3, -1);
  await expect(splitter).toHaveAttribute('aria-valuenow', '30');
  // Let go of: the pointer moves on alone.
  await page.mouse.move(whole * 0.6, y + height / 2);
  await expect(splitter).toHaveAttribute('aria-valuenow', '30');

  await splitter.focus();
  await page.keyboard.press('ArrowRight');
  await expect(splitter).toHaveAttribute('aria-valuenow', '32');
  await expect.poll(width).toBeCloseTo(whole * 0.32, -1);
  await page.keyboard.press('End');
  await expect(splitter).toHaveAttribute('aria-valuenow', '80');
  await page.reload();
  await settled(mia);
  await expect.poll(width).toBeCloseTo(whole * 0.8, -1);
});

test('text of the terminal is selected with the mouse and copied', async ({ browser }) => {
  const mia = await startRoom(browser, 'Python', { permissions: ['clipboard-read', 'clipboard-write'] });
  await typeInTerminal(mia, 'print("to", "be", "copied")');
  await expect(mia.terminal).toContainText('to be copied');
  const { x, y, width } = await placeInTerminal(mia, 'to be copied');
  await mia.page.mouse.move(x + 1, y);
  await mia.page.mouse.down();
  await mia.page.mouse.move(x + width - 1, y, { steps: 5 });
  await mia.page.mouse.up();
  await mia.page.keyboard.press('Control+c');
  await expect.poll(() => mia.page.evaluate(() => navigator.clipboard.readText())).toBe('to be copied');
  // It copied and interrupted nothing; without a selection the same key interrupts.
  await typeInTerminal(mia, 'input("wait ")');
  await expect(mia.terminal).toContainText(/wait\s*$/);
  await mia.page.keyboard.press('Control+c');
  await expect(mia.terminal).toContainText('KeyboardInterrupt');
});
