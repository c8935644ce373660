/** Two people write, run and share the REPL; a third comes later. */
import { expect, test } from '@playwright/test';
import { arrive, codeOf, lettersOf, settled, startRoom, typeInTerminal, writeCode } from '../src/people.ts';

test('W2 two people typing at one place converge and see each other’s carets', async ({ browser }) => {
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
  await Promise.all([mia.page.keyboard.type('aaaaaaaaaaaaaaaaaaaa'), jan.page.keyboard.type('bbbbbbbbbbbbbbbbbbbb')]);
  await settled(mia);
  await settled(jan);
  await expect.poll(async () => lettersOf(await codeOf(mia))).toBe('a20 b20');
  const text = await codeOf(mia);
  await expect.poll(() => codeOf(jan)).toBe(text);
  await expect(mia.page.locator('.cm-remote-caret')).toHaveCount(1);
  await expect(jan.page.locator('.cm-remote-caret')).toHaveCount(1);
});

test('Run in one browser shows its output in both, and the REPL keeps the definitions for both', async ({
  browser,
}) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  await writeCode(mia, 'def double(x):\n    return 2 * x\nprint("hello", double(21))\n');
  await mia.run.click();
  for (const person of [mia, jan]) {
    await expect(person.terminal).toContainText('hello 42');
    await expect(person.result).toContainText('exit 0');
  }
  await typeInTerminal(jan, 'double(1000) + 7');
  await expect(mia.terminal).toContainText('2007');
  await expect(jan.terminal).toContainText('2007');
});

test('input() can be answered by somebody else than who pressed Run', async ({ browser }) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  await writeCode(mia, 'name = input("who? ")\nprint("hi", name[::-1])\n');
  await mia.page.keyboard.press('ControlOrMeta+Enter');
  await expect(jan.terminal).toContainText('who?');
  await typeInTerminal(jan, 'drawkcab');
  await expect(mia.terminal).toContainText('hi backward');
  await expect(mia.result).toContainText('exit 0');
});

test('Stop ends an endless loop for everyone', async ({ browser }) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  await writeCode(mia, 'print("round and round")\nwhile True:\n    pass\n');
  await mia.run.click();
  await expect(jan.stop).toBeVisible();
  await expect(jan.terminal).toContainText('round and round');
  await jan.stop.click();
  for (const person of [mia, jan]) {
    await expect(person.run).toBeVisible();
    await expect(person.result).toContainText(/stopped/i);
  }
  await typeInTerminal(mia, '6 * 7 * 1000');
  await expect(jan.terminal).toContainText('42000');
});

test('a program that ignores Ctrl-C is replaced by a fresh sandbox, which says so', async ({ browser }) => {
  const mia = await startRoom(browser);
  await writeCode(
    mia,
    'import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint("deaf")\nwhile True:\n    pass\n',
  );
  await mia.run.click();
  await expect(mia.terminal).toContainText('deaf');
  await mia.stop.click();
  await expect(mia.run).toBeVisible();
  await expect(mia.terminal).toContainText(/fresh|replaced|new sandbox/i);
  await typeInTerminal(mia, '6 * 7 * 1000');
  await expect(mia.terminal).toContainText('42000');
});

test('a third joins late and sees text, screen and people', async ({ browser }) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  await writeCode(mia, 'for i in range(3):\n    print("\\033[31mred\\033[0m", i)\n');
  await mia.run.click();
  await expect(mia.result).toContainText('exit 0');
  const late = await arrive(browser, mia.page.url());
  await settled(late);
  expect(await codeOf(late)).toBe(await codeOf(mia));
  await expect(late.terminal).toContainText('red 2');
  const red = (person: typeof mia) => person.terminal.locator('.xterm-fg-1', { hasText: 'red' }).count();
  await expect.poll(() => red(late)).toBe(3);
  for (const person of [mia, jan, late]) {
    const people = person.page.getByRole('list', { name: 'Participants' }).getByRole('listitem');
    await expect(people).toHaveCount(3);
    await expect(people.first()).toContainText('(you)');
  }
});

test('a person who reloads is not there twice', async ({ browser }) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  await jan.page.reload();
  await settled(jan);
  await expect(mia.page.getByRole('list', { name: 'Participants' }).getByRole('listitem')).toHaveCount(2);
  await jan.context.close();
  await expect(mia.page.getByRole('list', { name: 'Participants' }).getByRole('listitem')).toHaveCount(1);
});

test('D5 a language switch with both typing keeps every letter, and the old REPL says that it ended', async ({
  browser,
}) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  await writeCode(mia, '# start \n');
  await expect.poll(() => codeOf(jan)).toBe('# start \n');
  await jan.editor.click();
  await jan.page.keyboard.press('ControlOrMeta+Home');
  await jan.page.keyboard.press('End');
  const typing = jan.page.keyboard.type('jjjjjjjjjj', { delay: 20 });
  await mia.page.getByRole('combobox', { name: 'Language' }).selectOption({ label: 'JavaScript' });
  await typing;
  await expect(jan.page.getByRole('combobox', { name: 'Language' })).toHaveValue('javascript');
  await expect(mia.terminal).toContainText(/JavaScript/);
  await writeCode(mia, 'console.log("from", "js", 6 * 7)\n');
  await mia.run.click();
  await expect(jan.terminal).toContainText('from js 42');
  await mia.page.getByRole('combobox', { name: 'Language' }).selectOption({ label: 'Python' });
  await expect.poll(async () => (await codeOf(mia)).startsWith('# start ')).toBe(true);
  await settled(mia);
  await settled(jan);
  const kept = await codeOf(mia);
  await expect.poll(() => codeOf(jan)).toBe(kept);
});
