/**
 * The product as a process tree of its own: a free port, a data folder of its own, ended with Ctrl-C. However the
 * process that asked for it ends, the product ends with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
/** Images may have to be built first. */
const READY_MILLISECONDS = 15 * 60_000;
/** How often health is asked for. */
const POLL_MILLISECONDS = 200;

export interface Product {
  readonly url: string;
  readonly dataDir: string;
  /** Process id of what was started: the supervisor itself, or npm. */
  readonly root: number;
  /** Process id of the supervisor. */
  readonly supervisor: number;
  /** Process ids of the web or runner process, found among the supervisor's descendants. */
  pids(which: 'web' | 'runner'): number[];
  /** Waits until health says ready. */
  ready(): Promise<void>;
  /** Ctrl-C; resolves when the supervisor is gone. */
  stop(): Promise<number | null>;
}

/** Parent and command of every process, from /proc. */
function parents(): Map<number, { parent: number; command: string }> {
  const found = new Map<number, { parent: number; command: string }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      found.set(Number(name), { parent, command });
    } catch {
      // Gone while we looked.
    }
  }
  return found;
}

/** Process ids below another one, by their command. */
export function descendants(of: number, matching: RegExp = /(?:)/): number[] {
  const all = parents();
  const within = (pid: number): boolean => {
    for (let at = all.get(pid); at; at = all.get(at.parent)) if (at.parent === of) return true;
    return false;
  };
  return [...all].filter(([pid, { command }]) => matching.test(command) && within(pid)).map(([pid]) => pid);
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}

/** What supervises it, in the clone. */
const SUPERVISOR = 'packages/standalone/src/start.ts';
const SUPERVISOR_COMMAND = /^\S*node\S* .*standalone\/src\/start\.ts/;
const COMMAND = {
  web: /^\S*node\S* .*standalone\/src\/web\/main\.ts/,
  runner: /^\S*node\S* .*runner\/src\/main\.ts/,
} as const;

/** Process ids of the web or runner process below a supervisor. */
export function pidsOf(supervisor: number, which: 'web' | 'runner'): number[] {
  return descendants(supervisor, COMMAND[which]);
}

export interface ProductOptions {
  /** Settings. */
  readonly environment?: Readonly<Record<string, string>>;
  /** By `npm start`, as a person starts it, with all that this keeps alive; otherwise the supervisor alone. */
  readonly byNpm?: boolean;
}

/** Variables of the npm and the set-up that we run in; a person who types `npm start` has none of them. */
const INHERITED = /^npm_|^NODE_COMPILE_CACHE$/i;

function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const path = (env.PATH ?? '').split(':').filter((folder) => !/node_modules/.test(folder));
  const kept = Object.entries(env).filter(([name]) => !INHERITED.test(name));
  return { ...Object.fromEntries(kept), PATH: path.join(':') };
}

function interrupt(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // Gone meanwhile.
  }
}

/** Begins to start it; `ready` says when it is there. */
export async function launchProduct({ environment = {}, byNpm = false }: ProductOptions = {}): Promise<Product> {
  const port = await freePort();
  const dataDir = mkdtempSync(join(tmpdir(), 'codeconnected-e2e-'));
  const output: string[] = [];
  const env = { ...process.env, NODE_OPTIONS: '', PORT: String(port), DATA_DIR: dataDir, ...environment };
  // npm hands on no channel by which the supervisor could notice our end: there the kernel signals npm.
  const child: ChildProcess = byNpm
    ? spawn('setpriv', ['--pdeathsig=TERM', 'npm', 'start'], {
        cwd: ROOT,
        env: withoutNpm(env),
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    : spawn(process.execPath, [join(ROOT, SUPERVISOR)], {
        cwd: ROOT,
        env,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
  // The channel is there for the supervisor to see it close; it must not keep us from ending.
  child.channel?.unref();
  child.stdout?.on('data', (data) => output.push(String(data)));
  child.stderr?.on('data', (data) => output.push(String(data)));
  const exited = new Promise<number | null>((done) => {
    child.once('exit', (code) => done(code));
    child.once('error', (error) => {
      output.push(error.message);
      done(1);
    });
  });
  const url = `http://127.0.0.1:${port}`;
  const supervisor = () => (byNpm ? descendants(child.pid!, SUPERVISOR_COMMAND)[0] : child.pid);
  let stopped: Promise<number | null> | undefined;
  return {
    url,
    dataDir,
    root: child.pid!,
    get supervisor() {
      const pid = supervisor();
      if (pid === undefined) throw new Error('the product has no supervisor');
      return pid;
    },
    pids: (which) => pidsOf(child.pid!, which),
    async ready() {
      const start = performance.now();
      for (;;) {
        if (child.exitCode !== null || child.pid === undefined) {
          throw new Error(`the product ended:\n${output.join('')}`);
        }
        const healthy = await fetch(`${url}/healthz`).then(
          (answer) => answer.ok,
          () => false,
        );
        if (healthy) return;
        if (performance.now() - start > READY_MILLISECONDS) throw new Error(`not ready:\n${output.join('')}`);
        await new Promise((again) => setTimeout(again, POLL_MILLISECONDS));
      }
    },
    stop() {
      stopped ??= (async () => {
        const pid = supervisor();
        // Before npm has come to the supervisor, npm itself ends.
        if (pid === undefined) child.kill('SIGTERM');
        else interrupt(pid);
        const code = await exited;
        rmSync(dataDir, { recursive: true, force: true });
        return code;
      })();
      return stopped;
    },
  };
}

/** Starts it and waits until it is ready. The error of one that does not become so holds its output. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const product = await launchProduct(options);
  try {
    await product.ready();
  } catch (error) {
    await product.stop();
    throw error;
  }
  return product;
}
