/** The runner process: reads its configuration, composes the runner, ends in order. */
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { readConfig } from './config.ts';
import { createRunner } from './runner.ts';
import { createSandboxes } from './sandbox/sandboxes.ts';
import { ensureToken, readToken } from './service/token-file.ts';

/** Only this machine reaches the service. */
const LOOPBACK = '127.0.0.1';

const config = readConfig(process.env.CODECONNECTED_RUNNER);
const log = pino({ level: config.logLevel, base: { process: 'runner' } });
const sandboxes = createSandboxes({ ...config, log });
const token = await ensureToken(join(config.dataDir, 'service-token'));
const runner = await createRunner({
  sandboxes,
  idle: {
    pauseMilliseconds: config.pauseSeconds * 1000,
    endMilliseconds: config.endMinutes * 60_000,
    unwatchedMilliseconds: config.unwatchedMinutes * 60_000,
  },
  link: { url: new URL('/link', config.controlUrl).href, credential: await readToken(config.tokenFile) },
  token,
  name: `${hostname()}/${config.instance}`.slice(0, 64),
  log,
});

let leaving = false;
async function leave(code: number): Promise<void> {
  if (leaving) return;
  leaving = true;
  try {
    await runner.close();
  } catch (error) {
    log.error({ error: String(error) }, 'the runner did not end in order');
    code = 1;
  }
  process.exit(code);
}
process.on('SIGTERM', () => void leave(0));
process.on('SIGINT', () => void leave(0));
// The supervisor's channel closes when it dies, however it dies: nobody would end this process then.
process.on('disconnect', () => void leave(0));
process.channel?.unref();
process.on('uncaughtException', (error) => {
  log.fatal({ error: error.stack }, 'the runner failed');
  void leave(1);
});

await runner.service.listen({ host: LOOPBACK, port: config.port });
const { port } = runner.service.server.address() as AddressInfo;
await writeFile(join(config.dataDir, 'service.json'), JSON.stringify({ address: `http://${LOOPBACK}:${port}` }));
log.info({ port }, 'the runner listens');
try {
  await sandboxes.start();
  process.send?.({ ready: true, port });
} catch (error) {
  log.fatal({ error: String(error) }, 'sandboxes could not be started');
  await leave(1);
}
