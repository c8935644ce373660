/** What the service's routes take and give. */
import { catalogueEntrySchema, languageIdSchema } from '@codeconnected/core/language/catalogue.ts';
import {
  ACCESS_ID_PATTERN,
  type ClientId,
  type ConnectionId,
  type PersonId,
  type RoomId,
} from '@codeconnected/core/room/ids.ts';
import { INPUT_CHARACTERS, TERMINAL_COLUMNS, TERMINAL_ROWS } from '@codeconnected/core/room/limits.ts';
import { RUN_FILES, RUN_FILES_BYTES } from '@codeconnected/core/terminal/limits.ts';
import { FILE_NAME } from '@codeconnected/core/terminal/run-files.ts';
import { z } from 'zod';

const columns = z.int().min(TERMINAL_COLUMNS.least).max(TERMINAL_COLUMNS.most);
const rows = z.int().min(TERMINAL_ROWS.least).max(TERMINAL_ROWS.most);
const sequence = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const epoch = z.int().min(1);
// The brands vanish in the document that describes the routes, so they are put on by a cast, not by a transform.
const branded = <T extends string>(schema: z.ZodString) => schema as unknown as z.ZodType<T, T>;
const room = branded<RoomId>(z.string().regex(ACCESS_ID_PATTERN));
const viewer = branded<ConnectionId>(z.string().min(1).max(200));
// One that is not there is told by its own error.
const language = languageIdSchema;
const person = branded<PersonId>(z.string().min(1).max(200));
const client = branded<ClientId>(z.string().regex(ACCESS_ID_PATTERN));

export const roomParameters = z.object({ room });
export const viewerParameters = z.object({ room, viewer });
export const sizeBody = z.object({ columns, rows });

export const watchBody = z.object({
  viewer,
  language,
  /** Needed where a prompt has to be opened. */
  epoch: epoch.optional(),
});
export const watchAnswer = z.object({
  /** False: a prompt has to be opened; ask again with an epoch. */
  watching: z.boolean(),
});

export const runBody = z.object({
  run: z.string().min(1).max(32),
  by: person,
  language,
  files: z
    .array(z.object({ name: z.string().regex(FILE_NAME), text: z.string().max(RUN_FILES_BYTES) }))
    .min(1)
    .max(RUN_FILES),
  entry: z.string().regex(FILE_NAME),
  epoch,
  columns,
  rows,
});
export const runAnswer = z.object({ result: z.enum(['started', 'joined']) });

export const inputBody = z.object({
  by: person,
  client,
  sequence,
  base: sequence,
  data: z.string().min(1).max(INPUT_CHARACTERS),
  columns: columns.optional(),
  rows: rows.optional(),
});
export const inputAnswer = z.object({ taken: z.int() });

export const resetBody = z.object({ language, epoch, note: z.string().max(500) });

export const doneAnswer = z.object({ done: z.literal(true) });
export const errorAnswer = z.object({ code: z.string(), detail: z.string() });

export const languagesAnswer = z.array(catalogueEntrySchema);
export const healthAnswer = z.object({
  ready: z.boolean(),
  reasons: z.array(z.string()),
  warm: z.record(z.string(), z.number()),
  /** Sandboxes that belong to rooms now. */
  sandboxes: z.number(),
});
