/** What breaks in life: processes killed, networks lost, tabs closed. */
import { expect, test } from '@playwright/test';
import { arrive, codeOf, lettersOf, personAt, settled, startRoom, typeInTerminal, writeCode } from '../src/people.ts';
import { pidsOf } from '../src/product.ts';

const supervisor = (): number => Number(process.env.E2E_SUPERVISOR);

function kill(which: 'web' | 'runner'): void {
  const pids = pidsOf(supervisor(), which);
  expect(pids.length).toBeGreaterThan(0);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

test('D1 the web process killed while people type: nothing is lost, all reconnect by themselves', async ({
  browser,
}) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  await writeCode(mia, '# \n');
  await expect.poll(() => codeOf(jan)).toBe('# \n');
  for (const person of [mia, jan]) {
    await person.editor.click();
    await person.page.keyboard.press('ControlOrMeta+Home');
    await person.page.keyboard.press('End');
  }
  const typing = Promise.all([
    mia.page.keyboard.type('a'.repeat(60), { delay: 15 }),
    jan.page.keyboard.type('b'.repeat(60), { delay: 15 }),
  ]);
  await expect.poll(() => codeOf(jan)).toContain('a');
  kill('web');
  await typing;
  await settled(mia);
  await settled(jan);
  await expect.poll(async () => lettersOf(await codeOf(mia))).toBe('a60 b60');
  await expect.poll(() => codeOf(jan)).toBe(await codeOf(mia));
  await mia.page.reload();
  await settled(mia);
  await expect.poll(() => codeOf(mia)).toBe(await codeOf(jan));
});

test('S5 the runner killed: the page says so, and Run works again by itself', async ({ browser }) => {
  const mia = await startRoom(browser);
  await typeInTerminal(mia, 'kept = 1');
  kill('runner');
  await writeCode(mia, 'print("after", 6 * 7)\n');
  await settled(mia);
  await expect(async () => {
    await mia.run.click({ timeout: 1000 });
    await expect(mia.terminal).toContainText('after 42', { timeout: 5000 });
  }).toPass({ timeout: 60_000 });
});

test('a tab closed while offline and opened again loses nothing', async ({ browser }) => {
  const mia = await startRoom(browser);
  await writeCode(mia, '# online\n');
  await settled(mia);
  const address = mia.page.url();
  await mia.context.setOffline(true);
  await mia.page.evaluate(() => window.dispatchEvent(new Event('offline')));
  await mia.editor.click();
  await mia.page.keyboard.press('ControlOrMeta+End');
  await mia.page.keyboard.type('# typed offline');
  await expect(mia.saving).toContainText('Offline');
  // As a person closes it: the page is told, and asks, since there are unsaved edits.
  const closed = mia.page.waitForEvent('close');
  mia.page.on('dialog', (question) => void question.accept());
  await mia.page.close({ runBeforeUnload: true });
  await closed;
  await mia.context.setOffline(false);
  const page = await mia.context.newPage();
  await page.goto(address);
  const again = personAt(mia.context, page);
  await settled(again);
  await expect.poll(() => codeOf(again)).toContain('# typed offline');
  const jan = await arrive(browser, address);
  await settled(jan);
  await expect.poll(() => codeOf(jan)).toContain('# typed offline');
});

test('offline edits of two people merge on reconnect without a reload', async ({ browser }) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  await writeCode(mia, 'top\nend\n');
  await expect.poll(() => codeOf(jan)).toBe('top\nend\n');
  await mia.page.evaluate(() => Object.assign(window, { notReloaded: true }));
  await mia.context.setOffline(true);
  await mia.page.evaluate(() => window.dispatchEvent(new Event('offline')));
  await mia.editor.click();
  await mia.page.keyboard.press('ControlOrMeta+Home');
  await mia.page.keyboard.type('mia ');
  await expect(mia.saving).toContainText('Offline');
  await jan.editor.click();
  await jan.page.keyboard.press('ControlOrMeta+End');
  await jan.page.keyboard.type('jan');
  await mia.context.setOffline(false);
  await mia.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await settled(mia);
  for (const person of [mia, jan]) await expect.poll(() => codeOf(person)).toBe('mia top\nend\njan');
  expect(await mia.page.evaluate(() => 'notReloaded' in window)).toBe(true);
});

test('an unknown room says so and offers a new one', async ({ browser }) => {
  const mia = await arrive(browser, `${process.env.E2E_URL}/s/AAAAAAAAAAAAAAAAAAAAAA`);
  await expect(mia.page.getByText(/no room/i).first()).toBeVisible();
  await expect(
    mia.page
      .getByRole('button', { name: 'Python', exact: true })
      .or(mia.page.getByRole('link', { name: /new room|home/i }))
      .first(),
  ).toBeVisible();
});
