/** What a person does alone in a room. */
import { expect, test } from '@playwright/test';
import { noSeriousViolations } from '../src/accessibility.ts';
import {
  arrive,
  BASE_URL,
  codeOf,
  copiedCode,
  goToFirstLine,
  paste,
  placeInTerminal,
  screenOf,
  settled,
  startRoom,
  typeInTerminal,
  writeCode,
} from '../src/people.ts';

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
  await expect
    .poll(() => screenOf(mia))
    .toContain('The interpreter ended with exit code 3. Earlier definitions are gone. >>>');
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
  // The traceback itself is a link too, for whoever points at it.
  await goToFirstLine(mia);
  await expect(mia.page.getByText(/Ln 1\b/)).toBeVisible();
  const { x, y, width } = await placeInTerminal(mia, 'line 4');
  await mia.page.mouse.move(x + width / 2, y, { steps: 3 });
  await expect(mia.terminal.locator('.xterm-cursor-pointer')).toBeVisible();
  await mia.page.mouse.click(x + width / 2, y);
  await expect(mia.page.getByText(/Ln 4\b/)).toBeVisible();
  await expect(mia.editor).toBeFocused();
});

test('long lines, right-to-left text, emoji and NUL bytes are kept', async ({ browser }) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  const text = `# שלום עולם 👩‍👩‍👧‍👦 é \u0000 end\n# ${'x'.repeat(10_000)} 0\n`;
  await writeCode(mia, '');
  await paste(mia, text);
  await settled(mia);
  await expect(jan.editor).toContainText('שלום עולם 👩‍👩‍👧‍👦');
  for (const person of [mia, jan]) expect(await copiedCode(person)).toBe(text);
  await jan.page.reload();
  await settled(jan);
  expect(await copiedCode(jan)).toBe(text);
});

test('a paste that is larger than a room takes is refused with its reason, and nothing is lost', async ({
  browser,
}) => {
  const mia = await startRoom(browser);
  await writeCode(mia, 'print("kept")\n');
  await settled(mia);
  await paste(mia, 'x'.repeat(1024 * 1024));
  // It goes by itself: both are read at once.
  await expect(mia.page.getByRole('alert')).toContainText(
    /That is more text than a room takes at once, so nothing was inserted\.\s.*\s.*smaller pieces\./,
  );
  expect(await copiedCode(mia)).toBe('print("kept")\n');
  await expect(mia.page.getByRole('alert')).toBeHidden();
  await paste(mia, 'print("smaller")\n');
  await settled(mia);
  await expect.poll(() => codeOf(mia)).toBe('print("smaller")\n');
});

test('Share copies the address, says so, and says when the room would expire', async ({ browser }) => {
  const mia = await startRoom(browser, 'Python', { permissions: ['clipboard-read', 'clipboard-write'] });
  await mia.page.getByRole('button', { name: 'Share', exact: true }).click();
  const panel = mia.page.getByRole('group', { name: 'Share' });
  const day = new Date(Date.now() + 90 * 24 * 60 * 60_000).getFullYear();
  await expect(panel.getByRole('status')).toHaveText(
    new RegExp(`^A room that nobody opens for 90 days is deleted; this one would be on .*\\b${day}\\b.*\\.$`),
  );
  await noSeriousViolations(mia.page);
  await panel.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(panel.getByRole('button', { name: 'Copied', exact: true })).toBeVisible();
  expect(await mia.page.evaluate(() => navigator.clipboard.readText())).toBe(mia.page.url());
});

test('Share copies where the browser offers no clipboard to scripts, as over plain HTTP', async ({ browser }) => {
  const mia = await startRoom(browser);
  await mia.page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'clipboard'));
  await mia.page.reload();
  await settled(mia);
  expect(await mia.page.evaluate(() => 'clipboard' in navigator)).toBe(false);
  await mia.page.getByRole('button', { name: 'Share', exact: true }).click();
  const panel = mia.page.getByRole('group', { name: 'Share' });
  await panel.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(panel.getByRole('button', { name: 'Copied', exact: true })).toBeVisible();
  await writeCode(mia, '');
  await mia.page.keyboard.press('ControlOrMeta+v');
  await expect.poll(() => codeOf(mia)).toBe(mia.page.url());
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
  for (const person of [mia, jan]) {
    await expect.poll(() => screenOf(person)).toContain('Reset. Earlier definitions are gone.');
  }
  await typeInTerminal(mia, 'kept');
  await expect(jan.terminal).toContainText('NameError');
});
