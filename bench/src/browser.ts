/** What a person feels, measured in a real Chromium against the running product. */
import { type Browser, chromium } from '@playwright/test';
import { arrive, settled, startRoom, writeCode } from '../../e2e/src/people.ts';
import type { MeasuredLanguage } from './languages.ts';
import type { Report } from './report.ts';
import { type Samples, WARM_UP } from './samples.ts';
import { tenth } from './stats.ts';
import { EDITOR, type Seen, TERMINAL, watchFor, watchPress } from './visible.ts';

/** Pause between keystrokes, so that each is measured alone and not with its group. */
const BETWEEN_KEYSTROKES_MILLISECONDS = 120;
/** Pause between runs: the pool refills, as it does between two presses of a person. */
const BETWEEN_RUNS_MILLISECONDS = 2000;
/** What is aimed at on 2 cores. */
const KEYSTROKE_MILLISECONDS = 50;

export async function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // We end it ourselves, after the numbers are written.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
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

/** Milliseconds from a press to the paint of what it brought, and to the change of the document. */
class Times {
  readonly painted: number[] = [];
  readonly changed: number[] = [];

  add(pressed: number, seen: Seen): void {
    this.painted.push(tenth(seen.painted - pressed));
    this.changed.push(tenth(seen.changed - pressed));
  }
}

/** Keystroke in one browser → painted in the other's editor. */
export async function keystrokes(browser: Browser, report: Report, samples: Samples): Promise<void> {
  const mia = await startRoom(browser);
  const jan = await arrive(browser, mia.page.url());
  await settled(jan);
  await writeCode(mia, '#');
  await mia.page.keyboard.press('End');
  const times = new Times();
  let typed = '#';
  for (let i = -WARM_UP; i < samples.keystrokes; i++) {
    const key = 'abcdefghij'.charAt((i + WARM_UP) % 10);
    typed += key;
    const pressed = await watchPress(mia.page, 'keydown');
    const seen = await watchFor(jan.page, EDITOR, typed);
    await mia.page.keyboard.press(key);
    const [from, to] = [await pressed(), await seen()];
    if (i >= 0) times.add(from, to);
    await mia.page.waitForTimeout(BETWEEN_KEYSTROKES_MILLISECONDS);
  }
  report.sample('keystroke → painted in the other browser', 'ms', times.painted, {
    aim: { most: KEYSTROKE_MILLISECONDS },
    raw: { changed: times.changed },
  });
  await mia.context.close();
  await jan.context.close();
}

/** Mouse button down on Run → output painted in the same browser. */
export async function runs(
  browser: Browser,
  report: Report,
  samples: Samples,
  language: MeasuredLanguage,
): Promise<void> {
  const mia = await startRoom(browser, language.manifest.name);
  const times = new Times();
  for (let i = -WARM_UP; i < samples.runs; i++) {
    const { text, marker } = language.program(i + WARM_UP);
    await writeCode(mia, text);
    await settled(mia);
    await mia.page.waitForTimeout(BETWEEN_RUNS_MILLISECONDS);
    await mia.run.hover();
    const pressed = await watchPress(mia.page, 'pointerdown');
    const seen = await watchFor(mia.page, TERMINAL, marker);
    await mia.run.click();
    const [from, to] = [await pressed(), await seen()];
    if (i >= 0) times.add(from, to);
    await mia.result.filter({ hasText: 'exit 0' }).waitFor();
  }
  report.sample(`click on Run → output painted, ${language.id}`, 'ms', times.painted, {
    raw: { changed: times.changed, program: language.program(0).text },
  });
  await mia.context.close();
}
