/** The pages at desktop and phone width, in both themes, checked by axe. */
import { expect, test } from '@playwright/test';
import { fitsAFinger, fitsTheWidth, noSeriousViolations } from '../src/accessibility.ts';
import { arrive, BASE_URL, codeOf, settled, startRoom, typeInTerminal, writeCode } from '../src/people.ts';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

for (const colorScheme of ['dark', 'light'] as const) {
  test(`home and room have no serious violations, ${colorScheme}`, async ({ browser }) => {
    const home = await arrive(browser, BASE_URL(), { colorScheme });
    await noSeriousViolations(home.page);
    const mia = await startRoom(browser, 'Python', { colorScheme });
    await mia.run.click();
    await expect(mia.result).toContainText('exit');
    await noSeriousViolations(mia.page);
  });

  test(`phone width: both panes have no serious violations, ${colorScheme}`, async ({ browser }) => {
    const mia = await startRoom(browser, 'Python', { ...PHONE, colorScheme });
    await mia.run.tap();
    await expect(mia.result).toContainText('exit');
    await noSeriousViolations(mia.page);
    await mia.page.getByRole('tab', { name: 'Editor' }).tap();
    await noSeriousViolations(mia.page);
  });
}

test('phone width: editor and terminal are tabs, nothing is cut or too small for a finger', async ({ browser }) => {
  const home = await arrive(browser, BASE_URL(), PHONE);
  await fitsTheWidth(home.page);
  await fitsAFinger(home.page);
  const mia = await startRoom(browser, 'Python', PHONE);
  await fitsTheWidth(mia.page);
  await fitsAFinger(mia.page);
  await writeCode(mia, 'print("on a phone", 6 * 7)\n');
  await mia.run.tap();
  await expect(mia.terminal).toContainText('on a phone 42');
  await expect(mia.editor).toBeHidden();
  await expect(mia.result).toContainText('exit 0');
  await fitsTheWidth(mia.page);
  await fitsAFinger(mia.page);
  await mia.page.getByRole('tab', { name: 'Editor' }).tap();
  await expect(mia.editor).toBeVisible();
  for (const name of ['People and your name', 'Share', 'Settings']) {
    await mia.page.getByRole('button', { name, exact: true }).tap();
    await expect(mia.page.getByRole('group', { name, exact: true })).toBeVisible();
    await fitsTheWidth(mia.page);
    await fitsAFinger(mia.page);
  }
});

test('on a phone the terminal’s tab marks what came, while the editor goes on', async ({ browser }) => {
  const mia = await startRoom(browser, 'Python', PHONE);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  const tab = mia.page.getByRole('tab', { name: 'Terminal' });
  const news = tab.getByTitle('New output');
  await tab.tap();
  await expect(mia.terminal).toContainText('>>>');
  await mia.page.getByRole('tab', { name: 'Editor' }).tap();
  await expect(news).toBeHidden();
  await writeCode(mia, '# ');
  await expect.poll(() => codeOf(jan)).toBe('# ');
  await typeInTerminal(jan, '6 * 7 * 1000');
  await expect(news).toBeVisible();
  await mia.page.keyboard.type('still here');
  await expect.poll(() => codeOf(jan)).toBe('# still here');
  await tab.tap();
  await expect(mia.terminal).toContainText('42000');
  await expect(news).toBeHidden();
});

test('the text of the room is in the page before any script', async ({ browser }) => {
  const mia = await startRoom(browser);
  await writeCode(mia, 'print("first paint 4711")\n');
  await expect(mia.saving).toHaveText('Saved');
  const bare = await arrive(browser, mia.page.url(), { javaScriptEnabled: false });
  await expect(bare.page.getByText('first paint 4711')).toBeVisible();
});
