/** The product as a process tree of its own: a free port, a data folder of its own, ended with Ctrl-C. */
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
  /** Process id of the supervisor. */
  readonly supervisor: number;
  /** Process ids of the web or runner process, found among the supervisor's descendants. */
  pids(which: 'web' | 'runner'): number[];
  /** Waits until health says ready. */
  ready(): Promise<void>;
  /** Ctrl-C; resolves when the supervisor is gone. */
  stop(): Promise<number | null>;
}

/** Parent of every process, from /proc. */
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

function descendants(of: number, matching: RegExp): number[] {
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

const COMMAND = {
  web: /^\S*node\S* .*standalone\/src\/web\/main\.ts/,
  runner: /^\S*node\S* .*runner\/src\/main\.ts/,
} as const;

/** Process ids of the web or runner process below a supervisor. */
export function pidsOf(supervisor: number, which: 'web' | 'runner'): number[] {
  return descendants(supervisor, COMMAND[which]);
}

/** Starts it and waits until it is ready. Its output goes to `output` when something fails. */
export async function startProduct(environment: Record<string, string> = {}): Promise<Product> {
  const port = await freePort();
  const dataDir = mkdtempSync(join(tmpdir(), 'codeconnected-e2e-'));
  const output: string[] = [];
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, 'packages/standalone/src/start.ts')], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '', PORT: String(port), DATA_DIR: dataDir, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.on('data', (data) => output.push(String(data)));
  child.stderr?.on('data', (data) => output.push(String(data)));
  const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  const url = `http://127.0.0.1:${port}`;
  const product: Product = {
    url,
    dataDir,
    supervisor: child.pid!,
    pids: (which) => pidsOf(child.pid!, which),
    async ready() {
      const start = performance.now();
      for (;;) {
        if (child.exitCode !== null) throw new Error(`the product ended:\n${output.join('')}`);
        const healthy = await fetch(`${url}/healthz`).then(
          (answer) => answer.ok,
          () => false,
        );
        if (healthy) return;
        if (performance.now() - start > READY_MILLISECONDS) throw new Error(`not ready:\n${output.join('')}`);
        await new Promise((again) => setTimeout(again, POLL_MILLISECONDS));
      }
    },
    async stop() {
      child.kill('SIGINT');
      const code = await exited;
      rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
  };
  try {
    await product.ready();
  } catch (error) {
    child.kill('SIGINT');
    throw error;
  }
  return product;
}
