/**
 * `npm run bench`: what was promised, measured on this machine side by side, with every raw number kept under
 * `bench/results/`. Names of parts as arguments run only those; `--quick` takes few samples, to see that it works.
 * Exit code 1 where a part could not be measured; an aim that was missed is a result.
 */
import { join, resolve } from 'node:path';
import type { Browser } from '@playwright/test';
import { launchProduct, type Product } from '../../e2e/src/product.ts';
import { leaveWithParent } from '../../packages/standalone/src/supervisor/parent.ts';
import { keystrokes, launch, runs } from './browser.ts';
import { type MeasuredLanguage, measuredLanguages } from './languages.ts';
import { busyWarning, commit, loadPerCore, machine } from './machine.ts';
import { memory } from './memory.ts';
import { pageBytes } from './page.ts';
import { paper } from './paper.ts';
import { type PartName, readWish, type Wish } from './parts.ts';
import { Report } from './report.ts';
import { FULL, QUICK, WARM_UP } from './samples.ts';
import { sandboxes } from './sandbox.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const LANGUAGES = join(ROOT, 'languages');
/** Rooms are made faster than people make them. */
const ROOMS_PER_HOUR = '1000';
/** Exit code after Ctrl-C, as shells count it. */
const INTERRUPTED = 130;

const wish = wished();
const { DOCKER_SOCKET: socketPath, CACHE_DIR: cacheFolder } = process.env;
if (!socketPath || !cacheFolder) throw new Error('run this as: npm run bench');
const samples = wish.quick ? QUICK : FULL;
const load = loadPerCore();
const report = new Report(new Date(), {
  ...commit(ROOT),
  quick: wish.quick,
  parts: wish.parts,
  warmUp: WARM_UP,
  samples,
  loadPerCoreBefore: load,
  machine: await machine(socketPath),
});
const warning = busyWarning(load);
if (warning) console.log(warning);

/** What has to be undone, latest last. */
const undo: (() => Promise<unknown>)[] = [];
let ending: Promise<void> | undefined;
function end(): Promise<void> {
  ending ??= (async () => {
    for (let each = undo.pop(); each; each = undo.pop()) await each().catch((error: unknown) => console.error(error));
    console.log(`\nRaw numbers: ${report.write({ loadPerCoreAfter: loadPerCore() })}`);
  })();
  return ending;
}
let asked = false;
function leave(): void {
  if (asked) return;
  asked = true;
  console.log('\nStopping…');
  void end().finally(() => process.exit(INTERRUPTED));
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);
leaveWithParent(leave);

/** What the command line asks for; ends here where that is not understood. */
function wished(): Wish {
  try {
    return readWish(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

/** Measures one part; one that fails is named and holds up no other. */
async function part(name: string, work: () => Promise<void>): Promise<void> {
  if (asked) return;
  try {
    await work();
  } catch (error) {
    if (!asked) report.fail(name, error);
  } finally {
    report.write();
  }
}

async function inProduct(languages: readonly MeasuredLanguage[], parts: readonly PartName[]): Promise<void> {
  const product = await launchProduct({ environment: { ROOMS_PER_HOUR }, byNpm: true });
  undo.push(() => product.stop());
  await product.ready();
  process.env.E2E_URL = product.url;
  // Before anybody has opened a page: the product is at rest.
  if (parts.includes('memory')) {
    const place = { socketPath: socketPath!, cacheFolder: cacheFolder! };
    await part('memory', () => memory(report, product, samples, languages, place));
  }
  const others = parts.filter((name) => name !== 'memory');
  if (others.length === 0 || asked) return;
  const browser = await launch();
  undo.push(() => browser.close());
  for (const name of others) await inBrowser(name, product, browser, languages);
}

async function inBrowser(
  name: PartName,
  product: Product,
  browser: Browser,
  languages: readonly MeasuredLanguage[],
): Promise<void> {
  if (name === 'page') await part(name, () => pageBytes(browser, report, samples));
  if (name === 'typing') await part(name, () => keystrokes(browser, report, samples));
  if (name === 'running') {
    for (const language of languages) {
      await part(`${name}, ${language.id}`, () => runs(browser, report, samples, language));
    }
  }
  if (name === 'paper') await part(name, () => paper(browser, report, samples, product, languages[0]!.id));
}

const languages = await measuredLanguages(LANGUAGES);
if (wish.parts.includes('sandboxes')) {
  const place = { socketPath, cacheFolder, runtime: 'runsc', languageFolder: LANGUAGES };
  await part('sandboxes', () => sandboxes(report, languages, samples, place, undo));
}
if (wish.product) {
  await part('product', () =>
    inProduct(
      languages,
      wish.parts.filter((name) => name !== 'sandboxes'),
    ),
  );
}
await end();
if (report.failed.length > 0) console.error(`Could not be measured: ${report.failed.join('; ')}`);
process.exit(asked ? INTERRUPTED : report.failed.length > 0 ? 1 : 0);
