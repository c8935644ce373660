/** What breaks in life: processes killed, networks lost, tabs closed. */
import { expect, test } from '@playwright/test';
import { noSeriousViolations } from '../src/accessibility.ts';
import {
  arrive,
  BASE_URL,
  callOneself,
  codeOf,
  goToFirstLine,
  keepTyping,
  lettersOf,
  personAt,
  settled,
  startRoom,
  typeInTerminal,
  writeCode,
} from '../src/people.ts';
import { pidsOf } from '../src/product.ts';

const supervisor = (): number => Number(process.env.E2E_SUPERVISOR);

function kill(which: 'web' | 'runner'): void {
  const pids = pidsOf(supervisor(), which);
  expect(pids.length).toBeGreaterThan(0);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

/** Resolves when a Python sandbox waits, as health says. */
async function pythonReady(): Promise<void> {
  await expect
    .poll(async () => {
      const health = await (await fetch(`${BASE_URL()}/healthz`)).json();
      const { ready, warm } = health as { ready: boolean; warm: Record<string, number> };
      return ready ? (warm.python ?? 0) : 0;
    })
    .toBeGreaterThan(0);
}

/** Does something while the supervisor is held, so that what was killed stays away for as long as it takes to look. */
async function unrestarted(look: () => Promise<void>): Promise<void> {
  process.kill(supervisor(), 'SIGSTOP');
  try {
    await look();
  } finally {
    process.kill(supervisor(), 'SIGCONT');
  }
}

test('D1 the web process and then the runner killed while two type: nothing is lost, all come back by themselves', async ({
  browser,
}) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  const both = [mia, jan];
  await settled(jan);
  await writeCode(mia, '#\nprint("after", 6 * 7 * 1000)\n');
  await expect.poll(() => codeOf(jan)).toContain('print');
  for (const person of both) {
    await goToFirstLine(person);
    await person.page.evaluate(() => Object.assign(window, { notReloaded: true }));
  }
  const lettersAt = async (person: typeof mia) => lettersOf((await codeOf(person)).split('\n')[0]!);

  let typists = both.map((person, index) => keepTyping(person, 'ab'[index]!));
  await expect.poll(() => codeOf(jan)).toContain('aaa');
  await expect.poll(() => codeOf(mia)).toContain('bbb');
  await unrestarted(async () => {
    kill('web');
    for (const { saving } of both) await expect(saving).toHaveText('Offline: your changes are kept here');
    for (const typist of typists) await typist.more(10);
    for (const { saving } of both) await expect(saving).toHaveText('Offline: your changes are kept here');
  });
  for (const typist of typists) await typist.more(10);
  const [as, bs] = await Promise.all(typists.map((typist) => typist.stop()));
  for (const person of both) await settled(person);
  for (const person of both) await expect.poll(() => lettersAt(person)).toBe(`a${as} b${bs}`);

  // The runner has found the new web process too: what comes next is about the runner alone.
  await pythonReady();
  await typeInTerminal(mia, '"again" * 2');
  await expect(jan.terminal).toContainText('againagain');
  for (const person of both) await goToFirstLine(person);
  typists = both.map((person, index) => keepTyping(person, 'cd'[index]!));
  await expect.poll(() => codeOf(jan)).toContain('ccc');
  await expect.poll(() => codeOf(mia)).toContain('ddd');
  let [cs, ds] = [0, 0];
  await unrestarted(async () => {
    kill('runner');
    for (const { terminal } of both) await expect(terminal).toContainText('The runner is away for a moment.');
    for (const typist of typists) await typist.more(10);
    [cs, ds] = (await Promise.all(typists.map((typist) => typist.stop()))) as [number, number];
    for (const person of both) await settled(person);
    for (const { terminal } of both) await expect(terminal).toContainText('The runner is away for a moment.');
  });
  for (const { terminal } of both) await expect(terminal).not.toContainText('The runner is away');
  await pythonReady();
  await mia.run.click();
  for (const { terminal } of both) await expect(terminal).toContainText('after 42000');
  const everything = `a${as} b${bs} c${cs} d${ds}`;
  for (const person of both) expect(await lettersAt(person)).toBe(everything);
  expect(await codeOf(jan)).toBe(await codeOf(mia));
  for (const { page } of both) expect(await page.evaluate(() => 'notReloaded' in window)).toBe(true);

  await mia.page.reload();
  await settled(mia);
  expect(await lettersAt(mia)).toBe(everything);
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
  const question = mia.page.waitForEvent('dialog');
  const closed = mia.page.waitForEvent('close');
  await mia.page.close({ runBeforeUnload: true });
  expect((await question).type()).toBe('beforeunload');
  await (await question).accept();
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
  await expect(mia.saving).toHaveText('Offline: your changes are kept here');
  // Whoever offers to hurry, and what cannot be done now, is there a moment later.
  await expect(mia.page.getByRole('button', { name: 'Reconnect now' })).toBeVisible();
  await expect(mia.run).toBeDisabled();
  await noSeriousViolations(mia.page);
  await jan.editor.click();
  await jan.page.keyboard.press('ControlOrMeta+End');
  await jan.page.keyboard.type('jan');
  await mia.context.setOffline(false);
  await mia.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await settled(mia);
  for (const person of [mia, jan]) await expect.poll(() => codeOf(person)).toBe('mia top\nend\njan');
  expect(await mia.page.evaluate(() => 'notReloaded' in window)).toBe(true);
});

test('leaving a room with somebody in it is asked about first', async ({ browser }) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  await callOneself(jan, 'Jan');
  const address = mia.page.url();
  const people = mia.page.getByRole('list', { name: 'Participants' }).getByRole('listitem');
  await expect(people.nth(1)).toContainText('Jan');
  const home = mia.page.getByRole('link', { name: /Codeconnected/ });
  const question = mia.page.getByRole('dialog', { name: 'Leave this room?' });
  await home.click();
  await expect(question).toContainText('Jan is still here; the room goes on without you.');
  await noSeriousViolations(mia.page);
  await question.getByRole('button', { name: 'Stay' }).click();
  await expect(question).toBeHidden();
  expect(mia.page.url()).toBe(address);
  await expect(people).toHaveCount(2);
  await home.click();
  await question.getByRole('button', { name: 'Leave' }).click();
  await mia.page.waitForURL(`${BASE_URL()}/`);
  // Alone, and with all saved, nothing is asked.
  await expect(jan.page.getByRole('list', { name: 'Participants' }).getByRole('listitem')).toHaveCount(1);
  await jan.page.getByRole('link', { name: /Codeconnected/ }).click();
  await jan.page.waitForURL(`${BASE_URL()}/`);
});

test('an unknown room says so, and the one that it offers can be used', async ({ browser }) => {
  const mia = await arrive(browser, `${BASE_URL()}/s/AAAAAAAAAAAAAAAAAAAAAA`);
  await expect(mia.page.getByRole('heading', { name: 'There is no room at this address' })).toBeVisible();
  await noSeriousViolations(mia.page);
  await mia.page.getByRole('button', { name: 'Python', exact: true }).click();
  await mia.page.waitForURL((url) => /^\/s\/(?!A{22})[A-Za-z0-9_-]{22}$/.test(url.pathname));
  await settled(mia);
  await mia.run.click();
  await expect(mia.terminal).toContainText('Hello, world!');
});
