/** The token of the loopback service, in a file that only its owner may read. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Fewest characters of a token: less could be guessed. */
const TOKEN_CHARACTERS = 20;

/** Reads a secret. @throws where it is missing or too short to be one */
export async function readToken(file: string): Promise<string> {
  const token = (await readFile(file, 'utf8')).trim();
  if (token.length < TOKEN_CHARACTERS) throw new Error(`${file}: a secret has at least ${TOKEN_CHARACTERS} characters`);
  return token;
}

/** Reads a secret, or draws it where there is none. */
export async function ensureToken(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return await readToken(file);
}
