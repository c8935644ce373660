/** The web process. Ends in order on SIGTERM, and when the supervisor that started it is gone. */
import { pino } from 'pino';
import { leaveWithParent } from '../supervisor/parent.ts';
import { readWebConfig } from './config.ts';
import { startWeb } from './start.ts';

/** Milliseconds for an orderly end; what is acknowledged is on the disk anyway. */
const LEAVE_MILLISECONDS = 8_000;

// What is written here is this user's alone.
process.umask(0o077);

async function main(): Promise<void> {
  const config = readWebConfig(process.env);
  const logger = pino({ name: 'web', level: config.logLevel });
  const web = await startWeb(config, { logger, died: () => process.exit(1) });
  const leave = () => {
    setTimeout(() => process.exit(1), LEAVE_MILLISECONDS).unref();
    web.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error(error, 'did not end in order');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', leave);
  process.once('SIGINT', leave);
  leaveWithParent(leave);
  // A program error: what it left half done is not trusted, and the supervisor starts anew.
  process.on('uncaughtException', (error) => {
    logger.fatal(error, 'uncaught');
    process.exit(1);
  });
  process.send?.({ kind: 'ready', url: web.url });
  logger.info({ url: web.url }, 'listening');
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
