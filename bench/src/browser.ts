/** What a person feels, measured in real browsers against the running product. */
import { gzipSync } from 'node:zlib';
import { type Browser, chromium, type Page } from '@playwright/test';
import { arrive, type Person, settled, startRoom, writeCode } from '../../e2e/src/people.ts';
import type { Report } from './report.ts';
import { summarise } from './stats.ts';

/** Repetitions: enough for a median on a noisy machine, few enough for a minute. */
const KEYSTROKES = 40;
const RUNS = 15;
/** Pause between keystrokes, so that each is measured alone and not with its group. */
const BETWEEN_KEYSTROKES_MILLISECONDS = 120;

export async function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-quic',
    ],
  });
}

/** Wall time at which an element's text first holds a marker, by the page's own clock since 1970. */
function whenVisible(page: Page, selector: string, marker: string): Promise<number> {
  return page.evaluate(
    ([where, text]) =>
      new Promise<number>((done) => {
        const look = () => {
          if (!document.querySelector(where!)?.textContent?.includes(text!)) return false;
          done(performance.timeOrigin + performance.now());
          return true;
        };
        if (look()) return;
        const watcher = new MutationObserver(() => look() && watcher.disconnect());
        watcher.observe(document.body, { subtree: true, childList: true, characterData: true });
      }),
    [selector, marker] as const,
  );
}

/** Notes when the next key goes down, before any handler of the page. */
function whenKeyDown(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((done) =>
        addEventListener('keydown', () => done(performance.timeOrigin + performance.now()), {
          capture: true,
          once: true,
        }),
      ),
  );
}

const EDITOR = '.cm-content';
const TERMINAL = '[aria-label="Terminal"]';

/** Keystroke in one browser → text in the other's editor. */
export async function keystrokes(browser: Browser, report: Report): Promise<void> {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  await writeCode(mia, '#');
  await mia.editor.click();
  await mia.page.keyboard.press('End');
  const sample: number[] = [];
  let typed = '#';
  for (let i = 0; i < KEYSTROKES; i++) {
    typed += 'abcdefghij'[i % 10];
    const pressed = whenKeyDown(mia.page);
    const seen = whenVisible(jan.page, EDITOR, typed);
    await mia.page.keyboard.press(typed.at(-1)!);
    sample.push((await seen) - (await pressed));
    await mia.page.waitForTimeout(BETWEEN_KEYSTROKES_MILLISECONDS);
  }
  const summary = summarise(sample);
  report.add({
    what: 'keystroke → visible in the other browser, median',
    value: summary.median,
    unit: 'ms',
    aim: 'aim ≤ 50',
    raw: { summary, sample },
  });
  await mia.context.close();
  await jan.context.close();
}

/** Click on Run → output visible in the same browser. */
export async function runs(
  browser: Browser,
  report: Report,
  language: string,
  code: (n: number) => string,
): Promise<void> {
  const mia = await startRoom(browser, language);
  const sample: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    await writeCode(mia, code(i));
    await settled(mia);
    const marker = `result=${i * 7 + 1000}`;
    const seen = whenVisible(mia.page, TERMINAL, marker);
    const pressed = whenKeyDown(mia.page);
    await mia.page.keyboard.press('ControlOrMeta+Enter');
    sample.push((await seen) - (await pressed));
    await mia.result.filter({ hasText: 'exit 0' }).waitFor();
    // The pool refills between runs, as it does between two presses of a person.
    await mia.page.waitForTimeout(1500);
  }
  const summary = summarise(sample);
  report.add({
    what: `Run pressed → output visible, ${language}, median`,
    value: summary.median,
    unit: 'ms',
    raw: { summary, sample },
  });
  await mia.context.close();
}

/** Bytes that a room's page asks for until the editor can be typed in, and altogether. */
export async function pageBytes(browser: Browser, report: Report): Promise<void> {
  const first = await startRoom(browser);
  const context = await browser.newContext();
  const page = await context.newPage();
  const bodies: { url: string; type: string; gzipped: number; at: number }[] = [];
  const pending: Promise<void>[] = [];
  page.on('response', (response) => {
    const at = performance.now();
    pending.push(
      response.body().then(
        (body) =>
          void bodies.push({
            url: new URL(response.url()).pathname,
            type: response.headers()['content-type'] ?? '',
            gzipped: /font|image/.test(response.headers()['content-type'] ?? '') ? body.length : gzipSync(body).length,
            at,
          }),
        () => undefined,
      ),
    );
  });
  await page.goto(first.page.url());
  await page.getByRole('textbox', { name: 'Code editor' }).waitFor();
  const usable = performance.now();
  await page.getByRole('region', { name: 'Terminal' }).locator('.xterm').waitFor();
  await page.waitForLoadState('networkidle');
  await Promise.all(pending);
  const kilobytes = (some: typeof bodies) =>
    Math.round(some.reduce((sum, { gzipped }) => sum + gzipped, 0) / 102.4) / 10;
  const withoutFonts = bodies.filter(({ type }) => !/font|image/.test(type));
  report.add({
    what: 'room page until the editor is usable, gzipped, without fonts',
    value: kilobytes(withoutFonts.filter(({ at }) => at <= usable)),
    unit: 'KB',
    aim: 'aim ≤ 190',
    raw: bodies.filter(({ at }) => at <= usable),
  });
  report.add({
    what: 'room page in all, gzipped, without fonts',
    value: kilobytes(withoutFonts),
    unit: 'KB',
    raw: bodies,
  });
  report.add({
    what: 'fonts and pictures of the room page',
    value: kilobytes(bodies.filter(({ type }) => /font|image/.test(type))),
    unit: 'KB',
    raw: [],
  });
  await context.close();
  await first.context.close();
}

/** Opening a room that holds a long document → its text in the editor. */
export async function openRoom(
  browser: Browser,
  report: Report,
  url: string,
  marker: string,
  what: string,
): Promise<void> {
  const sample: number[] = [];
  for (let i = 0; i < 5; i++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto('about:blank');
    const start = Date.now();
    await page.goto(url, { waitUntil: 'commit' });
    await page.getByRole('textbox', { name: 'Code editor' }).waitFor();
    const at = await whenVisible(page, EDITOR, marker);
    sample.push(at - start);
    await context.close();
  }
  const summary = summarise(sample);
  report.add({ what, value: summary.median, unit: 'ms', aim: 'aim ≤ 1000', raw: { summary, sample } });
}

export type { Person };
