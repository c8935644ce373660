/**
 * Every setting an operator may turn, in one table: name, default, bounds, meaning. `docs/CONFIGURATION.md` is
 * written from it.
 */
import { z } from 'zod';

/** A setting's type: how its text is read, and how the document describes it. */
interface Option<T> {
  readonly group: string;
  /** The value as text where the variable is not set. */
  readonly default: string;
  readonly schema: z.ZodType<T, string>;
  /** What is accepted, in words. */
  readonly accepts: string;
  /** Values at its bounds, as text. */
  readonly edges: readonly string[];
  readonly about: string;
}

type Kind<T> = Pick<Option<T>, 'schema' | 'accepts'> & Partial<Pick<Option<T>, 'edges'>>;

/** A whole number within bounds. */
function whole(least: number, most: number): Kind<number> {
  const fits = (value: number) => value >= least && value <= most;
  return number(`${least} to ${most}`, fits, [least, most]);
}

/** A whole number within bounds, or 0 to let it be decided. */
function wholeOrZero(least: number, most: number): Kind<number> {
  const fits = (value: number) => value === 0 || (value >= least && value <= most);
  return number(`${least} to ${most}, or 0`, fits, [0, least, most]);
}

function number(accepts: string, fits: (value: number) => boolean, edges: readonly number[]): Kind<number> {
  const reason = `must be a whole number from ${accepts}`;
  return {
    schema: z
      .string()
      .regex(/^\d{1,9}$/, reason)
      .transform(Number)
      .refine(fits, reason),
    accepts,
    edges: edges.map(String),
  };
}

/** One of some words. */
function oneOf<const W extends string>(...words: readonly [W, ...W[]]): Kind<W> {
  const listed = new Intl.ListFormat('en', { type: 'disjunction' }).format(words);
  return { schema: z.enum(words, { error: `must be ${listed}` }), accepts: listed, edges: words };
}

/** 1 or 0. */
const flag = {
  schema: z
    .string()
    .refine((text) => text === '0' || text === '1' || text === '', 'must be 1 or 0')
    .transform((text) => text === '1'),
  accepts: '1 or 0',
  edges: ['0', '1'],
};

/** A folder; empty means the built-in one. */
const folder = {
  schema: z.string().refine((text) => !text.includes('\0'), 'must be a path'),
  accepts: 'a path',
};

/** Only an origin: pages live at its root. */
const origin = z.string().transform((text, context) => {
  if (text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    context.addIssue({ code: 'custom', message: 'must be an address like https://code.example.org' });
    return z.NEVER;
  }
  if (url.pathname !== '/' || url.search || url.hash || url.username) {
    context.addIssue({ code: 'custom', message: 'must have no path, query or user: pages live at the root' });
    return z.NEVER;
  }
  return url.origin;
});

function option<T>(group: string, fallback: string | number, kind: Kind<T>, about: string): Option<T> {
  return { group, default: String(fallback), edges: [], ...kind, about };
}

const ADDRESS = 'Address';
const PLACES = 'Places';
const SANDBOXING = 'Sandboxing';
const ROOMS = 'Rooms';
const SANDBOXES = 'Sandboxes';
const MACHINES = 'Two machines';

/** The table. The order is the order of the document. */
export const OPTIONS = {
  PORT: option(ADDRESS, 3000, whole(1, 65535), 'Port of the pages and of the rooms’ WebSocket.'),
  HOST: option(
    ADDRESS,
    '127.0.0.1',
    {
      schema: z.string().regex(/^[A-Za-z0-9.:_-]{1,255}$/, 'must be an address or a name to listen on'),
      accepts: 'an address',
    },
    'Address to listen on. `0.0.0.0` opens it to the network; put a TLS proxy in front (README).',
  ),
  PUBLIC_URL: option(
    ADDRESS,
    '',
    { schema: origin, accepts: 'an origin' },
    'The address people type, as `https://code.example.org`. Decides which Host and Origin are accepted, the links that ' +
      'are shared, and whether cookies are for HTTPS only. Empty: the address it listens on.',
  ),
  TRUST_PROXY: option(
    ADDRESS,
    0,
    flag,
    'Take a visitor’s address from the last entry of `X-Forwarded-For`. Only behind a proxy of your own that sets it.',
  ),
  DATA_DIR: option(
    PLACES,
    '.data',
    folder,
    'People’s data and the secrets: all there is to back up. Relative to the clone.',
  ),
  CACHE_DIR: option(
    PLACES,
    '/var/lib/codeconnected',
    folder,
    'The private Docker daemon, images and downloads, shared by every clone on the machine. May be deleted while ' +
      'nothing runs.',
  ),
  LANGUAGES_DIR: option(
    PLACES,
    '',
    folder,
    'A folder with further languages, each a folder like those in `languages/`. Several are separated by `:`.',
  ),
  LOG_LEVEL: option(
    PLACES,
    'warn',
    oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace'),
    'How much the processes write to standard output.',
  ),
  DOCKER: option(
    SANDBOXING,
    'auto',
    oneOf('auto', 'private'),
    '`auto`: the machine’s Docker daemon where one answers (`DOCKER_HOST`, then `/var/run/docker.sock`), otherwise one ' +
      'of our own. `private`: always our own.',
  ),
  ALLOW_UNSANDBOXED: option(
    SANDBOXING,
    0,
    flag,
    'Run people’s programs in plain runc where Docker has no gVisor. For development only: a kernel bug is then a way out.',
  ),
  ROOM_DAYS: option(ROOMS, 90, whole(1, 36500), 'Days after which a room that nobody used is deleted.'),
  ROOMS_PER_HOUR: option(
    ROOMS,
    60,
    whole(1, 1_000_000),
    'Rooms that may be started from one network address in an hour.',
  ),
  PEOPLE_PER_ROOM: option(ROOMS, 60, whole(2, 1000), 'Connections in one room at a time.'),
  SOCKETS_MOST: option(
    ROOMS,
    5000,
    whole(2, 1_000_000),
    'Connections of the whole installation at a time. Each takes some tens of KiB.',
  ),
  SOCKETS_PER_ADDRESS: option(
    ROOMS,
    0,
    wholeOrZero(1, 1_000_000),
    'Connections from one network address at a time: a class behind one address needs as many as it has tabs. 0: 200, ' +
      'or as many as a room holds where that is more.',
  ),
  SOCKETS_PER_PERSON: option(ROOMS, 60, whole(1, 1_000_000), 'Connections of one browser at a time: its tabs.'),
  DOCUMENT_MIB: option(ROOMS, 4, whole(1, 5), 'Size of one room’s document with its editing history, MiB.'),
  HISTORY_MIB: option(
    ROOMS,
    256,
    whole(1, 1_000_000),
    'Disk that one room’s history of edits may take, MiB; the oldest part goes first. The text itself is not part of it.',
  ),
  FREE_DISK_MIB: option(
    ROOMS,
    512,
    whole(0, 1_000_000),
    'Disk that is left free where `DATA_DIR` is, MiB. With less, edits are refused and stay in the browsers until there ' +
      'is more again.',
  ),
  WARM_SANDBOXES: option(
    SANDBOXES,
    2,
    whole(0, 50),
    'Sandboxes kept started and paused for each language, so that Run answers at once. About 30 MiB each.',
  ),
  SANDBOXES_MOST: option(SANDBOXES, 40, whole(1, 1000), 'Sandboxes in all, warm ones included.'),
  SANDBOX_MEMORY_MIB: option(
    SANDBOXES,
    0,
    wholeOrZero(64, 1_000_000),
    'Memory that all sandboxes may take together, MiB; at least what one sandbox of each language may take. 0: decided ' +
      'by what the machine has.',
  ),
  PAUSE_SECONDS: option(
    SANDBOXES,
    30,
    whole(1, 86_400),
    'Seconds without input or output after which a sandbox is paused.',
  ),
  END_MINUTES: option(
    SANDBOXES,
    30,
    whole(1, 10_080),
    'Minutes after which a paused sandbox is ended; its definitions are gone, the text is not.',
  ),
  UNWATCHED_MINUTES: option(
    SANDBOXES,
    10,
    whole(1, 10_080),
    'Minutes without anybody in a room after which its sandbox is ended and its screen forgotten.',
  ),
  CONTROL_URL: option(
    MACHINES,
    '',
    { schema: origin, accepts: 'an origin' },
    'For `npm start -- runner`: where the web process is, as `https://code.example.org`.',
  ),
  LINK_TOKEN_FILE: option(
    MACHINES,
    '',
    folder,
    'File with the secret by which a runner proves itself; the same content on both machines. Empty: ' +
      '`link-token` in `DATA_DIR`, made at the first start.',
  ),
} as const;

export type OptionName = keyof typeof OPTIONS;

/** Checked settings by the names of the table. */
export type Settings = { readonly [N in OptionName]: z.output<(typeof OPTIONS)[N]['schema']> };
