/**
 * Takes the README's picture from the running product: `node e2e/src/screenshot.ts [file]`, with the same environment
 * as the browser tests.
 */
import { chromium } from '@playwright/test';
import { arrive, callOneself, settled, startRoom, typeInTerminal, writeCode } from './people.ts';
import { startProduct } from './product.ts';

const file = process.argv[2] ?? 'docs/screenshot.png';
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


numbers = [2, 3, 5, 7, 11, 13]
print("7 stands at", search(numbers, 7))
`;

const product = await startProduct();
process.env.E2E_URL = product.url;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking', '--disable-sync', '--no-first-run', '--disable-quic'],
});
try {
  const look = { viewport: { width: 1280, height: 720 }, colorScheme: 'dark' } as const;
  const mia = await startRoom(browser, 'Python', look);
  const title = mia.page.getByRole('textbox', { name: /title/i });
  await title.fill('Binary search, week 3');
  await title.press('Enter');
  const jan = await arrive(browser, mia.page.url(), look);
  await settled(jan);
  await callOneself(mia, 'Mia');
  await callOneself(jan, 'Jan');
  await writeCode(mia, CODE);
  await mia.run.click();
  await mia.result.filter({ hasText: 'exit 0' }).waitFor();
  await typeInTerminal(jan, 'search(numbers, 8)');
  await jan.editor.click();
  await jan.page.keyboard.press('ControlOrMeta+Home');
  for (let line = 0; line < 4; line++) await jan.page.keyboard.press('ArrowDown');
  await jan.page.keyboard.press('End');
  await jan.page.keyboard.press('Shift+Home');
  await settled(jan);
  await mia.page.locator('.cm-remote-caret').waitFor();
  await mia.page.screenshot({ path: file });
} finally {
  await browser.close();
  await product.stop();
}
process.exit();
