import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WEB_USER } from './setup/data.ts';
import { engineRequest } from './setup/engine.ts';
import { DATABASE_FILE } from './store/database.ts';
import { askHealth } from './supervisor/health.ts';
import { needsPrivilege } from './supervisor/port.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const START = join(import.meta.dirname, 'start.ts');
/** Sandboxes of two languages become warm in this on a busy machine. */
const PATIENCE = { timeout: 240_000, interval: 100 };
/** Below 1024, and no service's own. */
const LOW_PORT = 1023;
/** As the runner's tests find it: `npm test` says where, a developer's machine has the usual place. */
const SOCKET = process.env.DOCKER_SOCKET ?? '/var/lib/codeconnected/docker/docker.sock';

interface Product {
  readonly child: ChildProcess;
  output(): string;
  readonly exited: Promise<number | null>;
}

let data: string;
let port: number;
let products: Product[];

beforeEach(async () => {
  data = join(mkdtempSync(join(tmpdir(), 'start-')), 'data');
  port = await freePort();
  products = [];
});
afterEach(async () => {
  for (const product of products) {
    product.child.kill('SIGINT');
    await product.exited;
  }
  rmSync(join(data, '..'), { recursive: true, force: true });
});

async function freePort(wanted = 0): Promise<number> {
  const server: Server = createServer();
  server.listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

function start(environment: Record<string, string> = {}, args: readonly string[] = []): Product {
  const child = spawn(process.execPath, [START, ...args], {
    cwd: ROOT,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      DOCKER_HOST: `unix://${SOCKET}`,
      PORT: String(port),
      DATA_DIR: data,
      WARM_SANDBOXES: '1',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (more) => {
      text += more;
    });
  }
  const product = {
    child,
    output: () => text,
    exited: once(child, 'exit').then(([code]) => code as number | null),
  };
  products.push(product);
  return product;
}

async function ready(product: Product): Promise<void> {
  await vi.waitFor(async () => {
    if (product.child.exitCode !== null) throw new Error(`it ended:\n${product.output()}`);
    const health = await askHealth(`http://127.0.0.1:${port}`, `127.0.0.1:${port}`);
    expect(health, product.output()).toMatchObject({ ready: true, reasons: [] });
  }, PATIENCE);
}

/** The supervisor's children by name. */
function children(product: Product): Record<string, number> {
  const found: Record<string, number> = {};
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) !== product.child.pid) continue;
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (words.includes('standalone/src/web/main.ts')) found.web = Number(pid);
      if (words.includes('runner/src/main.ts')) found.runner = Number(pid);
    } catch {
      // Gone while we looked.
    }
  }
  return found;
}

async function containers(instance: string): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`codeconnected.instance=${instance}`] }));
  const list = (await engineRequest(SOCKET, 'GET', `/containers/json?all=1&filters=${filters}`)) as { Id: string }[];
  return list.map((each) => each.Id);
}
const instanceOf = () => readFileSync(join(data, 'runner', 'instance'), 'utf8').trim();

/** Shims and sandboxes of containers that are still processes. */
function processesOf(ids: readonly string[]): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .filter((text) => ids.some((id) => text.includes(id)));
}
const mountsOf = (ids: readonly string[]) =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(data) || ids.some((id) => line.includes(id)));

test('S5 Ctrl-C stops all of it and leaves no process, container, shim or mount', async () => {
  const product = start();
  await ready(product);
  const ids = await containers(instanceOf());
  const processes = Object.values(children(product));
  expect(ids.length).toBeGreaterThan(0);
  expect(processes).toHaveLength(2);
  product.child.kill('SIGINT');
  expect(await product.exited).toBe(130);
  expect(await containers(instanceOf())).toEqual([]);
  expect([processesOf(ids), mountsOf(ids)]).toEqual([[], []]);
  for (const pid of processes) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('S3 the web process has a user of its own, no privileges, and may not enter the runner’s folder', async () => {
  const product = start();
  await ready(product);
  const status = readFileSync(`/proc/${children(product).web}/status`, 'utf8');
  expect(status).toMatch(new RegExp(`^Uid:\\t${WEB_USER}\\t${WEB_USER}\\t${WEB_USER}\\t${WEB_USER}$`, 'm'));
  expect(status).toMatch(/^Groups:\t *$/m);
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
    expect(status).toMatch(new RegExp(`^${set}:\\t0+$`, 'm'));
  }
  const environment = readFileSync(`/proc/${children(product).web}/environ`, 'utf8');
  expect(environment).not.toContain('DOCKER_HOST');
});

test('S3 a web process whose port is below 1024 may listen there, and nothing else', async () => {
  port = await freePort(LOW_PORT);
  const product = start({}, ['web']);
  await vi.waitFor(() => expect(product.output()).toContain(`Open http://127.0.0.1:${port}`), PATIENCE);
  const status = readFileSync(`/proc/${children(product).web}/status`, 'utf8');
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
    // The bit of CAP_NET_BIND_SERVICE, where the kernel asks for it.
    expect(status).toMatch(new RegExp(`^${set}:\\t0+${needsPrivilege(LOW_PORT) ? '400' : ''}$`, 'm'));
  }
});

test('a web process that cannot start ends the start, with its reason', async () => {
  mkdirSync(join(data, 'web', DATABASE_FILE), { recursive: true });
  mkdirSync(join(data, 'runner'));
  const product = start({}, ['web']);
  expect(await product.exited).toBe(1);
  expect(product.output()).toMatch(/the web process does not start: it ended \d times/);
});

test.each(['web', 'runner'])('S5 kill -9 of the %s process: it is back and all is ready again', async (name) => {
  const product = start();
  await ready(product);
  const before = children(product)[name]!;
  process.kill(before, 'SIGKILL');
  await vi.waitFor(() => {
    const after = children(product)[name];
    expect(after).toBeDefined();
    expect(after).not.toBe(before);
  }, PATIENCE);
  await ready(product);
});

test('S5 kill -9 of everything at once: the next start reaps what was left, by label', async () => {
  const first = start();
  await ready(first);
  const left = await containers(instanceOf());
  const { web, runner } = children(first);
  for (const pid of [first.child.pid!, runner!, web!]) process.kill(pid, 'SIGKILL');
  await first.exited;
  expect(await containers(instanceOf())).toEqual(expect.arrayContaining(left));
  const second = start();
  await ready(second);
  const now = await containers(instanceOf());
  expect(now.filter((id) => left.includes(id))).toEqual([]);
  expect(processesOf(left)).toEqual([]);
});

test('S5 kill -9 of the supervisor: its children end by themselves and the next start goes on', async () => {
  const first = start();
  await ready(first);
  const { web, runner } = children(first);
  process.kill(first.child.pid!, 'SIGKILL');
  await first.exited;
  await ready(start());
  for (const pid of [web!, runner!]) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('a second start with the same data is refused, and names the first', async () => {
  const first = start();
  await ready(first);
  const second = start({ PORT: String(await freePort()) });
  expect(await second.exited).toBe(1);
  expect(second.output()).toContain(`it already runs with DATA_DIR=${data} (process ${first.child.pid})`);
});

test('a port that is taken is refused, and names who has it', async () => {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const product = start();
  expect(await product.exited).toBe(1);
  server.close();
  expect(product.output()).toMatch(new RegExp(`port ${port} is taken by .* \\(process ${process.pid}\\)`));
});

test('a wrong setting is refused at start with its name, value and reason', async () => {
  const product = start({ ROOM_DAYS: 'soon' });
  expect(await product.exited).toBe(1);
  expect(product.output()).toContain('ROOM_DAYS=soon: must be a whole number from 1 to 36500');
});
