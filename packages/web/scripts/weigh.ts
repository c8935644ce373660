/**
 * Weighs what a browser loads before the editor can be used: the room page's scripts, everything they import at once,
 * and their styles. Prints it, and fails over the budget. Run after `vite build`. The page itself is made anew for
 * each visitor and is not in it; `npm run bench -- page` measures what is transferred in all.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Decimal kilobytes, gzipped, until the editor is usable. */
const BUDGET_KILOBYTES = 190;
const CLIENT = join(import.meta.dirname, '../.svelte-kit/output/client');
const SERVER = join(import.meta.dirname, '../.svelte-kit/output/server');
const ROOM = 'src/routes/s/[id]/+page.svelte';

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

const manifest: Record<string, Chunk> = JSON.parse(readFileSync(join(CLIENT, '.vite/manifest.json'), 'utf8'));

/** Names of a part of the framework, by how its path ends. */
const ending = (end: string) => Object.keys(manifest).filter((name) => name.endsWith(end));

/** The layout's node, and the one that the room's route is built into. */
function roomNodes(): string[] {
  const route = readFileSync(join(SERVER, 'manifest.js'), 'utf8').match(/id:\s*"\/s\/\[id\]".*?leaf:\s*(\d+)/s)?.[1];
  if (!route) throw new Error(`${ROOM} is not in the build: run vite build first`);
  return [...ending('/nodes/0.js'), ...ending(`/nodes/${route}.js`)];
}

/** A chunk and all that it imports at once. */
function closure(names: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    if (found.has(name) || !manifest[name]) continue;
    found.add(name);
    closure(manifest[name].imports ?? [], found);
  }
  return found;
}

const entries = [...ending('/client/entry.js'), ...ending('/client/payload.js'), ...ending('/app.js'), ...roomNodes()];
const files = [...closure(entries)].flatMap((name) => [manifest[name]!.file, ...(manifest[name]!.css ?? [])]);
const weights = [...new Set(files)]
  .filter((file) => /\.(js|css)$/.test(file))
  .map((file) => ({ file, bytes: gzipSync(readFileSync(join(CLIENT, file))).length }))
  .sort((a, b) => b.bytes - a.bytes);
const kilobytes = weights.reduce((sum, { bytes }) => sum + bytes, 0) / 1000;

for (const { file, bytes } of weights) console.log(`${(bytes / 1000).toFixed(1).padStart(7)} KB  ${file}`);
console.log(`${kilobytes.toFixed(1).padStart(7)} KB  of ${BUDGET_KILOBYTES} KB, gzipped, until the editor is usable`);
process.exitCode = kilobytes <= BUDGET_KILOBYTES ? 0 : 1;
