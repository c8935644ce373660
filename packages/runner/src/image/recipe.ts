/** What `languages/<id>/recipe.json` may say: how the language's image is made, in words that need no script. */
import { z } from 'zod';

const imagePath = z
  .string()
  .regex(/^\/(?:usr|opt|etc|srv)(?:\/[A-Za-z0-9_.+-]+)+$/, 'a path under /usr, /opt, /etc or /srv')
  .refine((path) => !path.split('/').includes('..'), 'no ".."');
const localPath = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.+-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*$/, 'a path inside the folder');

export const recipeSchema = z.strictObject({
  /** Debian's release that the packages come from, whatever the host runs. */
  suite: z
    .string()
    .regex(/^[a-z]+$/)
    .default('trixie'),
  /** Debian packages, beside the essential ones (which hold a shell and Perl). */
  packages: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/, 'a Debian package'))
    .max(100)
    .default([]),
  /** npm packages whose files go into the image; `{arch}` in the name is Node's name of the architecture. */
  npm: z
    .array(
      z.strictObject({
        package: z.string().regex(/^(?:@[a-z0-9._-]+\/)?[a-z0-9._{}-]+$/, 'an npm package'),
        version: z.string().regex(/^\d+\.\d+\.\d+$/, 'an exact version'),
        /** Path in the package → path in the image. */
        files: z.record(localPath, imagePath),
      }),
    )
    .max(20)
    .default([]),
  /** Shell commands run inside the image, as root, while it is made. */
  setup: z.array(z.string().min(1).max(1000)).max(20).default([]),
  /** File of the folder → path in the image. */
  files: z.record(localPath, imagePath).default({}),
});

/** A checked recipe. */
export type Recipe = z.infer<typeof recipeSchema>;
