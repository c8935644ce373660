/**
 * `npm run bench`: what was promised, measured on this machine side by side, with every raw number kept under
 * `bench/results/`. Names of parts as arguments run only those: sandboxes, memory, page, typing, running, paper.
 */
import { join, resolve } from 'node:path';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import { startProduct } from '../../e2e/src/product.ts';
import { keystrokes, launch, pageBytes, runs } from './browser.ts';
import { memory } from './memory.ts';
import { paper } from './paper.ts';
import { Report } from './report.ts';
import { type Program, sandboxes } from './sandbox.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** One program for each language that is measured; what is not listed is not measured. */
const PROGRAMS: readonly (Program & { name: string; browser: (n: number) => string })[] = [
  {
    language: 'python' as LanguageId,
    name: 'Python',
    text: 'print("first" + "-output")\n',
    cold: ['python3', '-c', 'print("first" + "-output")'],
    browser: (n) => `print("result" + "=" + str(${n} * 7 + 1000))\n`,
  },
  {
    language: 'javascript' as LanguageId,
    name: 'JavaScript',
    text: 'console.log("first" + "-output");\n',
    cold: ['node', '-e', 'console.log("first" + "-output")'],
    browser: (n) => `console.log("result" + "=" + (${n} * 7 + 1000));\n`,
  },
];

const chosen = process.argv.slice(2);
const wanted = (part: string) => chosen.length === 0 || chosen.includes(part);
const report = new Report();

if (wanted('sandboxes')) {
  const socketPath = process.env.DOCKER_HOST?.replace('unix://', '');
  if (!socketPath || !process.env.CACHE_DIR) throw new Error('run this as: npm run bench');
  await sandboxes(report, PROGRAMS, {
    socketPath,
    cacheFolder: process.env.CACHE_DIR,
    runtime: process.env.CODECONNECTED_TEST_RUNTIME ?? 'runsc',
    languageFolder: join(ROOT, 'languages'),
  });
}

if (['memory', 'page', 'typing', 'running', 'paper'].some(wanted)) {
  const product = await startProduct({ ROOMS_PER_HOUR: '1000' });
  process.env.E2E_URL = product.url;
  try {
    if (wanted('memory')) await memory(report, product);
    const browser = await launch();
    try {
      if (wanted('page')) await pageBytes(browser, report);
      if (wanted('typing')) await keystrokes(browser, report);
      if (wanted('running')) for (const program of PROGRAMS) await runs(browser, report, program.name, program.browser);
      if (wanted('paper')) await paper(browser, report, product.url);
    } finally {
      await browser.close();
    }
  } finally {
    await product.stop();
  }
}

console.log(`\nRaw numbers: ${report.write(new Date())}`);
process.exit();
