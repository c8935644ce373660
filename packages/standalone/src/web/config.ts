/** What the web process is started with: JSON in the variable `CODECONNECTED_WEB`, checked here. */
import { z } from 'zod';

export const webConfigSchema = z.strictObject({
  /** Address to listen on. */
  host: z.string().min(1).max(255),
  /** 0: any free one. */
  port: z.int().min(0).max(65_535),
  /** The origin that people type, where it is not the address listened on. */
  publicUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** Takes a visitor's address from the last entry of `X-Forwarded-For`. */
  trustProxy: z.boolean().default(false),
  dataDir: z.string().min(1),
  /** Folder of the built pages. */
  webBuild: z.string().min(1),
  guestKeyFile: z.string().min(1),
  linkTokenFile: z.string().min(1),
  /** Days until a room goes that nobody uses. */
  roomDays: z.int().min(1).default(90),
  /** Rooms that one address may open in an hour. */
  roomsPerHour: z.int().min(1).default(60),
  /** Connections in one room. */
  peoplePerRoom: z.int().min(1).default(60),
  /** Connections of all at once: each takes some tens of KiB. */
  socketsMost: z.int().min(1).default(5_000),
  /** Connections of one address at once: a school behind one, each pupil with some tabs. */
  socketsPerAddress: z.int().min(1).default(200),
  /** Connections of one person at once. */
  socketsPerPerson: z.int().min(1).default(60),
  /** Bytes of a room's document, encoded, in MiB. */
  documentMiB: z.number().positive().max(5).default(4),
  /** Merged edits of one room that are kept, in MiB on the disk; the oldest go first. */
  historyMiB: z.number().positive().default(256),
  /** Left free on the disk, in MiB: where there is less, nothing is saved. */
  freeDiskMiB: z.number().min(0).default(512),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** Checked settings of the web process. */
export type WebConfig = z.output<typeof webConfigSchema>;
/** As whoever starts it writes them. */
export type WebConfigInput = z.input<typeof webConfigSchema>;

/** Variable that carries the settings. */
export const WEB_CONFIG_VARIABLE = 'CODECONNECTED_WEB';

/** @throws with every reason, in one text */
export function readWebConfig(environment: NodeJS.ProcessEnv): WebConfig {
  const text = environment[WEB_CONFIG_VARIABLE];
  if (!text) throw new Error(`${WEB_CONFIG_VARIABLE} is not set: start it by way of npm start`);
  const checked = webConfigSchema.safeParse(JSON.parse(text));
  if (!checked.success) throw new Error(`${WEB_CONFIG_VARIABLE}: ${z.prettifyError(checked.error)}`);
  return checked.data;
}
