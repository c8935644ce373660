/**
 * Frames of the link that a runner opens to the control plane: requests one way, answers and pushes the other.
 *
 * Each request is served by the runner's own Fastify routes (`inject`), so there is one API with one set of schemas.
 */
import { z } from 'zod';
import { catalogueEntrySchema } from '../language/catalogue.ts';

/** Raised when a frame changes its meaning. */
export const LINK_VERSION = 1;
/** Characters of one link frame; larger bodies are cut into pieces (rule W1). */
export const LINK_FRAME_CHARACTERS = 32 * 1024;
/** Bytes of one frame before it is cut: the files of a run with what JSON adds to usual text. More is not sent. */
export const LINK_BYTES = 16 * 1024 * 1024;
/** Connections that one post names; a room's further ones get a post of their own. */
export const POST_VIEWERS = 1000;

const id = z.int().min(1);

/** From the control plane to a runner. */
export const controlFrameSchema = z.discriminatedUnion('t', [
  z.strictObject({
    t: z.literal('request'),
    id,
    method: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
    url: z.string().max(500),
    body: z.unknown().optional(),
  }),
  /** The viewer's connection is gone: post nothing more to it. */
  z.strictObject({ t: z.literal('gone'), viewer: z.string().max(200) }),
  z.strictObject({
    t: z.literal('part'),
    id: z.string().max(32),
    i: z.int().min(0),
    of: z.int().min(2),
    d: z.string().max(LINK_FRAME_CHARACTERS),
  }),
]);

/** From a runner to the control plane. */
export const runnerFrameSchema = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('hello'), v: z.literal(LINK_VERSION), runner: z.string().max(64) }),
  z.strictObject({ t: z.literal('response'), id, status: z.int(), body: z.unknown().optional() }),
  /** Push this text to these viewers' connections. */
  z.strictObject({ t: z.literal('post'), viewers: z.array(z.string().max(200)).max(POST_VIEWERS), text: z.string() }),
  /** What the runner offers changed. */
  z.strictObject({
    t: z.literal('status'),
    languages: z.array(catalogueEntrySchema),
    sandboxes: z.int().min(0),
    unsandboxed: z.boolean(),
    ready: z.boolean(),
    /** Why not everything works; there may be some while it is ready. */
    reasons: z.array(z.string()),
  }),
  z.strictObject({
    t: z.literal('part'),
    id: z.string().max(32),
    i: z.int().min(0),
    of: z.int().min(2),
    d: z.string().max(LINK_FRAME_CHARACTERS),
  }),
]);

export type ControlFrame = z.infer<typeof controlFrameSchema>;
export type RunnerFrame = z.infer<typeof runnerFrameSchema>;
