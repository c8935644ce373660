/** From an empty clone to TypeScript: what `npm start`, `npm test` and `npm run bench` have in common. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePackages } from './packages.mjs';
import { complain, SetupError } from './progress.mjs';
import { checkSystem, thisMachine } from './system.mjs';

/** The clone. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
/** Where Node keeps what it compiled: 20 MB less memory for each process and a quicker start. */
const COMPILED = 'node_modules/.cache/codeconnected';
/** How often it is looked whether npm still lives, milliseconds. */
const NPM_WATCH_MILLISECONDS = 1000;

/**
 * Checks the machine, installs the packages and goes on in a TypeScript file under Node 24; ends with its exit code.
 * @param {{ dev: boolean, main: string, again: string }} options `dev`: also what only tests need; `main`: path in
 *   the clone; `again`: the command, as a person types it
 */
export async function enter({ dev, main, again }) {
  // The web process reads the clone under a user of its own, whatever root's umask is.
  process.umask(0o022);
  // A terminal that was closed must not keep us from waiting for an orderly end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    const { missing, todo } = checkSystem(thisMachine());
    if (missing.length > 0) {
      throw new SetupError(`this machine lacks:\n${missing.map((each) => `  - ${each}`).join('\n')}`, todo);
    }
    const node = await ensurePackages(ROOT, { dev });
    process.exitCode = await follow(node, [join(ROOT, main), ...process.argv.slice(2)]);
  } catch (error) {
    process.exitCode = complain(error, again);
  }
}

/** Runs the rest and hands it the signals that reach only us; the channel tells it when we are killed. */
function follow(node, args) {
  return new Promise((done) => {
    const bin = join(ROOT, 'node_modules/.bin');
    const child = spawn(node, args, {
      cwd: process.cwd(),
      env: {
        ...process.env,
        PATH: `${bin}:${process.env.PATH}`,
        NODE_OPTIONS: '',
        NODE_COMPILE_CACHE: join(ROOT, COMPILED),
      },
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => child.kill(signal));
    }
    const npm = npmAbove();
    const watch = setInterval(() => {
      if (npm && startOf(npm.pid) !== npm.start) child.kill('SIGTERM');
    }, NPM_WATCH_MILLISECONDS);
    watch.unref();
    child.once('exit', (code, signal) => {
      clearInterval(watch);
      done(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** The npm that started us, which may be killed without a word to us. */
function npmAbove() {
  if (!process.env.npm_lifecycle_event) return undefined;
  for (let pid = process.ppid; pid > 1; pid = Number(statOf(pid)?.[1] ?? 0)) {
    try {
      if (/^npm\b/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))) return { pid, start: startOf(pid) };
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** Fields of /proc/<pid>/stat after the name: state, parent, … */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** When a process started, in ticks since boot: with the number it names one process for good. */
function startOf(pid) {
  return statOf(pid)?.[19];
}
