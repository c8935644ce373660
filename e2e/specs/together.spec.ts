/** Two people write, run and share the REPL; a third comes later. */
import { expect, test } from '@playwright/test';
import {
  arrive,
  callOneself,
  codeOf,
  goToFirstLine,
  keepTyping,
  lettersOf,
  settled,
  startRoom,
  typeInTerminal,
  writeCode,
} from '../src/people.ts';

test('W2 two people typing at one place converge and see each other’s carets, names and colours', async ({
  browser,
}) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  await callOneself(mia, 'Mia');
  await callOneself(jan, 'Jan');
  await writeCode(mia, '# \n');
  await expect.poll(() => codeOf(jan)).toBe('# \n');
  for (const person of [mia, jan]) await goToFirstLine(person);
  await Promise.all([mia.page.keyboard.type('aaaaaaaaaaaaaaaaaaaa'), jan.page.keyboard.type('bbbbbbbbbbbbbbbbbbbb')]);
  await settled(mia);
  await settled(jan);
  await expect.poll(async () => lettersOf(await codeOf(mia))).toBe('a20 b20');
  const text = await codeOf(mia);
  await expect.poll(() => codeOf(jan)).toBe(text);
  for (const [person, other] of [
    [mia, 'Jan'],
    [jan, 'Mia'],
  ] as const) {
    const caret = person.page.locator('.cm-remote-caret');
    await expect(caret).toHaveCount(1);
    await expect(caret).toHaveText(other);
    // The same as of the badge that stands for them above, and not one's own.
    const badges = person.page.getByRole('list', { name: 'Participants' }).getByRole('listitem');
    const colour = (name: string) =>
      badges
        .filter({ hasText: name })
        .locator('[aria-hidden]')
        .first()
        .evaluate((badge) => getComputedStyle(badge).backgroundColor);
    await expect(caret).toHaveCSS('border-left-color', await colour(other));
    expect(await colour(other)).not.toBe(await colour('(you)'));
  }
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

test('D5 a language switch while two type keeps every letter, and the old REPL says that it ended', async ({
  browser,
}) => {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  const eva = await arrive(browser, mia.page.url());
  const everybody = [mia, jan, eva];
  for (const person of [jan, eva]) await settled(person);
  const language = (person: typeof mia) => person.page.getByRole('combobox', { name: 'Language' });
  const sample = await codeOf(mia);
  await typeInTerminal(mia, 'kept = 6 * 7 * 1000');
  await typeInTerminal(mia, 'kept + 1');
  await expect(jan.terminal).toContainText('42001');
  for (const person of [mia, jan]) await goToFirstLine(person);

  const [ms, js] = [keepTyping(mia, 'M'), keepTyping(jan, 'J')];
  await expect.poll(() => codeOf(jan)).toMatch(/M.*J|J.*M/);
  await language(eva).selectOption({ label: 'JavaScript' });
  for (const person of everybody) await expect(language(person)).toHaveValue('javascript');
  // Into the buffer that the switch brought, without a click.
  await ms.more(5);
  await js.more(5);
  const typed = `J${await js.stop()} M${await ms.stop()}`;
  for (const person of everybody) {
    await settled(person);
    await expect(person.terminal).toContainText('JavaScript now. Earlier definitions are gone.');
  }
  const javascript = await codeOf(mia);
  for (const person of everybody) await expect.poll(() => codeOf(person)).toBe(javascript);
  await typeInTerminal(jan, 'typeof kept');
  await expect(mia.terminal).toContainText("'undefined'");

  await language(mia).selectOption({ label: 'Python' });
  for (const person of everybody) {
    await expect(language(person)).toHaveValue('python');
    await expect(person.terminal).toContainText('Python now. Earlier definitions are gone.');
  }
  const python = await codeOf(mia);
  for (const person of everybody) await expect.poll(() => codeOf(person)).toBe(python);
  const capitals = (text: string) => lettersOf(text.replaceAll(/[^JM]/g, ''));
  expect(capitals(python)).toMatch(/^J\d+ M\d+$/);
  expect(capitals(javascript)).toMatch(/^J\d+ M\d+$/);
  expect(capitals(python + javascript)).toBe(typed);
  // Nothing but their letters changed.
  expect(python.replaceAll(/[JM]/g, '')).toBe(sample);
  await language(jan).selectOption({ label: 'JavaScript' });
  for (const person of everybody) await expect.poll(() => codeOf(person)).toBe(javascript);
});
