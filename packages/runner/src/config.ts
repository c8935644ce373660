/** What the runner process is started with: JSON in `CODECONNECTED_RUNNER`, written by the supervisor. */
import { z } from 'zod';

const path = z.string().min(1);

export const runnerConfigSchema = z.object({
  /** The web process's WebSocket origin, as `ws://127.0.0.1:3000`. */
  controlUrl: z.url({ protocol: /^wss?$/ }),
  /** File with the secret that proves the runner to the web process. */
  tokenFile: path,
  /** The runner's own folder: its service's token and address. */
  dataDir: path,
  /** Name of this installation. */
  instance: z.string().min(1).max(100),
  /** The Docker daemon's Unix socket. */
  socketPath: path,
  runtime: z.string().min(1),
  allowUnsandboxed: z.boolean().default(false),
  cacheFolder: path,
  languageFolders: z.array(path).min(1),
  warm: z.int().min(0).max(50).optional(),
  sandboxesMost: z.int().min(1).optional(),
  memoryMiB: z.int().min(64).optional(),
  pauseSeconds: z.number().min(1).default(30),
  endMinutes: z.number().min(1).default(30),
  /** Minutes without a viewer after which a room's terminal is ended and forgotten. */
  unwatchedMinutes: z.number().min(1).default(10),
  /** Port of the loopback service; 0: any free one, written to `service.json`. */
  port: z.int().min(0).max(65535).default(0),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('warn'),
});

export type RunnerConfig = z.infer<typeof runnerConfigSchema>;

/** Reads the configuration. @throws with every wrong field named */
export function readConfig(text: string | undefined): RunnerConfig {
  if (!text) throw new Error('CODECONNECTED_RUNNER is not set: the runner is started by npm start');
  const result = runnerConfigSchema.safeParse(JSON.parse(text));
  if (!result.success) throw new Error(`CODECONNECTED_RUNNER: ${z.prettifyError(result.error)}`);
  return result.data;
}
