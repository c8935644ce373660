/** `npm test`: everything that can be shown on one machine, counted. Never touches the operator's DATA_DIR. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bold, complain, duration, red } from '../../../../../scripts/lib/progress.mjs';
import { OPTIONS } from '../../config/options.ts';
import { leaveWithParent } from '../../supervisor/parent.ts';
import { clearDaemonsBelow } from '../leftovers.ts';
import { prepareTools, type Tools } from '../tools.ts';
import { add, type Counts, countPlaywright, countVitest, judged, lastLine, NONE } from './count.ts';

const ROOT = resolve(import.meta.dirname, '../../../../..');
const BIN = join(ROOT, 'node_modules/.bin');
/** What `npm test` runs under is told apart from what an operator set. */
const OPERATORS = [...Object.keys(OPTIONS), 'NODE_OPTIONS'];

/** Time for a program to end in order once it was asked to, milliseconds; then it is killed with all it started. */
const LEAVE_MILLISECONDS = 30_000;

/** The program that runs now, to be ended with us. */
let running: ReturnType<typeof spawn> | undefined;
let asked = false;

function environment(tools: Tools, scratch: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of OPERATORS) delete env[name];
  return { ...env, ...tools.environment, TMPDIR: scratch, CI: '1' };
}

/** Runs one program in its own process group, with its output where ours goes. */
function program(
  name: string,
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd = ROOT,
): Promise<number> {
  if (asked) return Promise.resolve(1);
  process.stdout.write(`\n${bold(name)}\n`);
  const start = performance.now();
  return new Promise((done) => {
    running = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
    running.once('error', (error) => {
      process.stdout.write(`${red(error.message)}\n`);
      done(1);
    });
    running.once('exit', (code) => {
      running = undefined;
      process.stdout.write(
        `${name}: ${code === 0 ? 'done' : red('failed')} in ${duration(performance.now() - start)}\n`,
      );
      done(code ?? 1);
    });
  });
}

/** A check without tests of its own counts as one. */
async function check(
  name: string,
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd = ROOT,
): Promise<Counts> {
  const code = await program(name, file, args, env, cwd);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function counted<T>(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  report: string,
  count: (report: T) => Counts,
): Promise<Counts> {
  const code = await program(name, process.execPath, args, env);
  const counts = existsSync(report) ? count(JSON.parse(readFileSync(report, 'utf8')) as T) : NONE;
  return judged(counts, code);
}

function vitest(project: string, env: NodeJS.ProcessEnv, scratch: string, only: readonly string[]): Promise<Counts> {
  const report = join(scratch, `vitest-${project}.json`);
  const args = [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...only,
  ];
  return counted(
    `vitest, ${project}`,
    [join(ROOT, 'node_modules/vitest/vitest.mjs'), ...args],
    env,
    report,
    countVitest,
  );
}

function playwright(env: NodeJS.ProcessEnv, scratch: string): Promise<Counts> {
  const report = join(scratch, 'playwright.json');
  return counted(
    'Playwright',
    [join(ROOT, 'node_modules/@playwright/test/cli.js'), 'test', '-c', 'e2e/playwright.config.ts'],
    { ...env, E2E_JSON: report },
    report,
    countPlaywright,
  );
}

/** Parts by name; `npm test -- fast docker` runs some of them. */
const PARTS: Record<string, (env: NodeJS.ProcessEnv, scratch: string) => Promise<Counts>> = {
  lint: (env) => check('format and lint', join(BIN, 'biome'), ['check', '.'], env),
  types: async (env) =>
    add(
      await check('types', join(BIN, 'tsc'), ['-p', 'tsconfig.json'], env),
      await check('types of the pages', 'npm', ['run', '--silent', 'check'], env, join(ROOT, 'packages/web')),
    ),
  weight: (env) => check('weight of the pages', process.execPath, [join(ROOT, 'packages/web/scripts/weigh.ts')], env),
  fast: (env, scratch) => vitest('fast', env, scratch, []),
  docker: (env, scratch) => vitest('docker', env, scratch, []),
  e2e: playwright,
};

async function main(): Promise<number> {
  const chosen = process.argv.slice(2);
  const unknown = chosen.filter((name) => !(name in PARTS));
  if (unknown.length > 0)
    throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
  const start = performance.now();
  const scratch = mkdtempSync(join(tmpdir(), 'codeconnected-test-'));
  let counts = NONE;
  let tools: Tools | undefined;
  try {
    tools = await prepareTools(ROOT, process.env);
    const env = environment(tools, scratch);
    for (const [name, part] of Object.entries(PARTS)) {
      if (chosen.length === 0 || chosen.includes(name)) counts = add(counts, await part(env, scratch));
    }
  } finally {
    await clearDaemonsBelow(scratch);
    await tools?.release();
    rmSync(scratch, { recursive: true, force: true });
  }
  process.stdout.write(`\n${duration(performance.now() - start)}\n${lastLine(counts)}\n`);
  return counts.failed > 0 || asked ? 1 : 0;
}

/** Passes the wish to end on, once however often it comes, and lets `main` clean up. */
function leave(): void {
  if (asked) return;
  asked = true;
  signalGroup('SIGINT');
  setTimeout(() => signalGroup('SIGKILL'), LEAVE_MILLISECONDS).unref();
}

/** Signals the program that runs and what it started. */
function signalGroup(signal: NodeJS.Signals): void {
  if (running?.pid === undefined) return;
  try {
    process.kill(-running.pid, signal);
  } catch {
    // It has just ended.
  }
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);
leaveWithParent(leave);

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = complain(error, 'npm test');
  process.stdout.write(`${lastLine({ passed: 0, failed: 1, skipped: 0 })}\n`);
}
process.exit();
