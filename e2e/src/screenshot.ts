/**
 * Takes the README's picture, with the packages of `npm test` there:
 *
 *     node_modules/.bin/node e2e/src/screenshot.ts [file]
 *
 * starts a product of its own. `E2E_URL=http://127.0.0.1:3000` before it takes the one that runs there.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromium, expect } from '@playwright/test';
import { arrive, callOneself, type Person, settled, startRoom, typeInTerminal, writeCode } from './people.ts';
import { startProduct } from './product.ts';

const FILE = resolve(process.argv[2] ?? resolve(import.meta.dirname, '../../docs/screenshot.png'));
/** What everybody who reads the README has to load, bytes. */
const PICTURE_BYTES = 300_000;
const LOOK = { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' } as const;
const CODE = `def search(xs, x):
    """Index of x in the sorted list xs, or where it belongs."""
    low, high = 0, len(xs)
    while low < high:
        middle = (low + high) // 2
        if xs[middle] < x:
            low = middle + 1
        else:
            high = middle
    return low


primes = [2, 3, 5, 7, 11, 13, 17, 19, 23]
for x in (7, 12, 23):
    at = search(primes, x)
    found = at < len(primes) and primes[at] == x
    print(f"{x:2} {'is at' if found else 'belongs at'} {at}")
`;
const LINES = CODE.split('\n');
/** What is typed at the prompt afterwards, and what comes back. */
const TYPED = [
  ['search(primes, 14)', '6'],
  ['[search(primes, x) for x in range(8)]', '[0, 0, 0, 1, 2, 2, 3, 3]'],
] as const;

/** Puts the caret behind a line's text. */
async function standAt(person: Person, text: string): Promise<void> {
  await person.editor.click();
  await person.page.keyboard.press('ControlOrMeta+Home');
  const line = LINES.findIndex((each) => each.includes(text));
  for (let at = 0; at < line; at++) await person.page.keyboard.press('ArrowDown');
  await person.page.keyboard.press('End');
}

const product = process.env.E2E_URL ? undefined : await startProduct();
process.env.E2E_URL ??= product?.url;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking', '--disable-sync', '--no-first-run', '--disable-quic'],
});
try {
  const mia = await startRoom(browser, 'Python', LOOK);
  const title = mia.page.getByRole('textbox', { name: /title/i });
  await title.fill('Binary search, week 3');
  await title.press('Enter');
  const jan = await arrive(browser, mia.page.url(), LOOK);
  await settled(jan);
  await callOneself(mia, 'Mia');
  await callOneself(jan, 'Jan');
  await writeCode(mia, CODE);
  await mia.run.click();
  await mia.result.filter({ hasText: 'exit 0' }).waitFor();
  for (const [typed, answer] of TYPED) {
    await typeInTerminal(jan, typed);
    await expect(mia.terminal).toContainText(answer);
  }
  await standAt(mia, 'low = middle + 1');
  // Last, since a name stands at its caret for a moment only; above this line is room for it.
  await standAt(jan, 'primes = [');
  await jan.page.keyboard.press('Shift+Home');
  await settled(mia);
  await mia.page.locator('.cm-remote-caret').waitFor();
  await mia.page.screenshot({ path: FILE, animations: 'disabled' });
  const { size } = statSync(FILE);
  if (size > PICTURE_BYTES) throw new Error(`the picture has ${size} bytes, more than ${PICTURE_BYTES}`);
  console.log(`${FILE}: ${size} bytes`);
} finally {
  await browser.close();
  await product?.stop();
}
process.exit();
