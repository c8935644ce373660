/** The pages at desktop and phone width, in both themes, checked by axe. */
import { expect, test } from '@playwright/test';
import { noSeriousViolations } from '../src/accessibility.ts';
import { arrive, BASE_URL, startRoom, writeCode } from '../src/people.ts';

const PHONE = { width: 390, height: 844 };

for (const colorScheme of ['dark', 'light'] as const) {
  test(`home and room have no serious violations, ${colorScheme}`, async ({ browser }) => {
    const home = await arrive(browser, BASE_URL(), { colorScheme });
    await noSeriousViolations(home.page);
    const mia = await startRoom(browser, 'Python', { colorScheme });
    await mia.run.click();
    await expect(mia.result).toContainText('exit');
    await noSeriousViolations(mia.page);
  });

  test(`phone width: editor and terminal are tabs and nothing scrolls sideways, ${colorScheme}`, async ({
    browser,
  }) => {
    const mia = await startRoom(browser, 'Python', { colorScheme, viewport: PHONE, hasTouch: true, isMobile: true });
    const sideways = () => mia.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(await sideways()).toBeLessThanOrEqual(0);
    await writeCode(mia, 'print("on a phone", 6 * 7)\n');
    await mia.run.click();
    await mia.page.getByRole('tab', { name: 'Terminal' }).click();
    await expect(mia.terminal).toContainText('on a phone 42');
    await expect(mia.editor).toBeHidden();
    await mia.page.getByRole('tab', { name: 'Editor' }).click();
    await expect(mia.editor).toBeVisible();
    expect(await sideways()).toBeLessThanOrEqual(0);
    await noSeriousViolations(mia.page);
  });
}

test('the text of the room is in the page before any script', async ({ browser }) => {
  const mia = await startRoom(browser);
  await writeCode(mia, 'print("first paint 4711")\n');
  await expect(mia.saving).toHaveText('Saved');
  const bare = await arrive(browser, mia.page.url(), { javaScriptEnabled: false });
  await expect(bare.page.getByText('first paint 4711')).toBeVisible();
});
