/** What a person does alone in a room. */
import { expect, test } from '@playwright/test';
import { arrive, BASE_URL, codeOf, settled, startRoom, typeInTerminal, writeCode } from '../src/people.ts';

test('D5 undo takes back only one’s own edits', async ({ browser }) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  await writeCode(mia, 'one\n');
  await expect.poll(() => codeOf(jan)).toBe('one\n');
  await jan.editor.click();
  await jan.page.keyboard.press('ControlOrMeta+End');
  await jan.page.keyboard.type('two');
  await expect.poll(() => codeOf(mia)).toBe('one\ntwo');
  await mia.editor.click();
  await mia.page.keyboard.press('ControlOrMeta+Home');
  await mia.page.keyboard.type('mine ');
  await expect.poll(() => codeOf(jan)).toBe('mine one\ntwo');
  await jan.page.keyboard.press('ControlOrMeta+z');
  await expect.poll(() => codeOf(mia)).toBe('mine one\n');
});

test('Escape then Tab leaves the editor; the documented chord leaves the terminal', async ({ browser }) => {
  const mia = await startRoom(browser);
  await mia.editor.click();
  await mia.page.keyboard.press('Escape');
  await mia.page.keyboard.press('Tab');
  await expect(mia.editor).not.toBeFocused();
  await mia.terminal.click();
  const inTerminal = () => mia.page.evaluate(() => document.activeElement?.closest('[aria-label="Terminal"]') !== null);
  expect(await inTerminal()).toBe(true);
  await mia.page.keyboard.press('Control+Shift+Escape');
  await expect.poll(inTerminal).toBe(false);
});

test('the title is shared and listed at home, where the room is resumed', async ({ browser }) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  const title = mia.page.getByRole('textbox', { name: /title/i });
  await title.fill('Binary search, week 3');
  await title.press('Enter');
  await expect(jan.page.getByRole('textbox', { name: /title/i })).toHaveValue('Binary search, week 3');
  await settled(mia);
  const address = mia.page.url();
  const home = await mia.context.newPage();
  await home.goto(BASE_URL());
  await home.getByRole('link', { name: /Binary search, week 3/ }).click();
  await home.waitForURL(address);
});

test('exit ends the interpreter with its code, and a fresh prompt says that the definitions are gone', async ({
  browser,
}) => {
  const mia = await startRoom(browser);
  await writeCode(mia, 'import sys\nprint("bye")\nsys.exit(3)\n');
  await mia.run.click();
  await expect(mia.result).toContainText('exit 3');
  await typeInTerminal(mia, '6 * 7 * 1000');
  await expect(mia.terminal).toContainText('42000');
});

test('a traceback’s line in the terminal leads to that line', async ({ browser }) => {
  const mia = await startRoom(browser);
  await writeCode(mia, 'x = 1\ny = 2\n\nprint(x / 0)\n');
  await mia.run.click();
  await expect(mia.terminal).toContainText('ZeroDivisionError');
  await mia.page
    .getByRole('button', { name: /line 4/i })
    .first()
    .click();
  await expect(mia.editor).toBeFocused();
  await expect(mia.page.getByText(/Ln 4\b/)).toBeVisible();
});

test('long lines, right-to-left text, emoji and NUL bytes are kept', async ({ browser }) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  const line = 'x'.repeat(10_000);
  await writeCode(mia, `# שלום עולם 👩‍👩‍👧‍👦 é \u0000 end\n# ${line}\n`);
  await settled(mia);
  const length = (person: typeof mia) => person.editor.evaluate((node) => node.textContent?.length ?? 0);
  await expect.poll(() => length(jan)).toBeGreaterThan(10_000);
  await expect(jan.editor).toContainText('שלום עולם 👩‍👩‍👧‍👦');
});

test('Share copies the address', async ({ browser }) => {
  const mia = await startRoom(browser, 'Python', { permissions: ['clipboard-read', 'clipboard-write'] });
  await mia.page.getByRole('button', { name: 'Share', exact: true }).click();
  await mia.page.getByRole('button', { name: /copy/i }).first().click();
  expect(await mia.page.evaluate(() => navigator.clipboard.readText())).toBe(mia.page.url());
});

test('Clear empties the terminal and Reset brings a clean interpreter, for everyone', async ({ browser }) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  await typeInTerminal(mia, 'kept = 41 + 1000');
  await typeInTerminal(mia, 'kept + 1');
  await expect(jan.terminal).toContainText('1042');
  await jan.page.getByRole('button', { name: 'Clear', exact: true }).click();
  await expect(mia.terminal).not.toContainText('1042');
  await jan.page.getByRole('button', { name: 'Reset', exact: true }).click();
  await expect(mia.terminal).toContainText(/gone|fresh|reset/i);
  await typeInTerminal(mia, 'kept');
  await expect(jan.terminal).toContainText('NameError');
});
