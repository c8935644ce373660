/**
 * What `languages/<id>/manifest.json` may say. Checked by this schema at one door; no code knows a language by name.
 */
import { z } from 'zod';

/**
 * Bounds of one sandbox, described for docs/CONFIGURATION.md. Every number is per sandbox; `null` never means
 * "unlimited".
 */
export const sandboxLimitsSchema = z.strictObject({
  memoryMiB: z.int().min(64).max(4096).default(256).describe('Memory and swap together, MiB.'),
  cpus: z.number().min(0.1).max(4).default(1).describe('Share of the processors, in cores.'),
  processes: z
    .int()
    .min(8)
    .max(512)
    .default(64)
    // As ulimit nproc for uid 1000, which holds inside gVisor.
    .describe('Processes and threads.'),
  cpuSeconds: z
    .int()
    .min(1)
    .max(600)
    .default(10)
    .describe('CPU seconds since the last input, for a program and for a loop typed at the prompt alike.'),
  wallSeconds: z
    .int()
    .min(10)
    .max(7200)
    .default(1800)
    .describe('Seconds of one run; generous, so that a program lives that waits for input.'),
  outputMiB: z.number().min(0.1).max(64).default(8).describe('Output since the last input, MiB.'),
  diskMiB: z.int().min(8).max(1024).default(64).describe('Files in the home folder and in /tmp together, MiB.'),
});

/** Numbers of one sandbox; see the schema for units. */
export type SandboxLimits = z.infer<typeof sandboxLimitsSchema>;

const POSITION_GROUPS = ['file', 'line'];

/** Names of an expression's groups; undefined where it is none. */
function groupsOf(text: string): readonly string[] | undefined {
  try {
    // The empty alternative matches, so that the groups can be asked for.
    return Object.keys(new RegExp(`${text}|`).exec('')?.groups ?? {});
  } catch {
    return undefined;
  }
}

export const manifestSchema = z.strictObject({
  /** As a person reads it, and as its button on the home page is named. */
  name: z.string().trim().min(1).max(40),
  /** Name of the file a new room starts with. */
  fileName: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/),
  /** Name of a language of `@codemirror/language-data`. */
  editorMode: z.string().min(1).max(40),
  /** Columns of one indentation step. */
  indent: z.int().min(1).max(8).default(4),
  /**
   * `fresh`: each run takes a fresh sandbox. There is no other: a boot program has no way to be told of a second run.
   */
  runStyle: z.literal('fresh', 'only "fresh" is there: each run takes a fresh sandbox').default('fresh'),
  /** Main process of the container: the boot program, which waits for files on its stdin. */
  boot: z.array(z.string().min(1).max(200)).min(1).max(20),
  /** Environment of the main process. */
  environment: z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/), z.string().max(500)).default({}),
  /** Where a traceback's line stands in the output: a regular expression with groups `file` and `line`. */
  errorPosition: z
    .string()
    .max(300)
    .refine((text) => POSITION_GROUPS.every((name) => groupsOf(text)?.includes(name)), {
      error: 'must be a regular expression with the groups "file" and "line"',
    })
    .optional(),
  limits: sandboxLimitsSchema.prefault({}),
  /** The text a new room starts with. */
  sample: z.string().max(4000),
});

/** A checked manifest. */
export type Manifest = z.infer<typeof manifestSchema>;
