import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const HERE = dirname(fileURLToPath(import.meta.url));
const CORE = join(HERE, '../../core/src');

/** Modules that a file loads when it runs; imports of types alone load nothing. */
function loads(file: string): string[] {
  const found: string[] = [];
  for (const [statement, from] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)\s[^;]*?from '([^']+)'/gm)) {
    if (!/^(?:import|export) type /.test(statement)) found.push(from!);
  }
  return found;
}

it('a page loads neither schemas nor the server with the room client', () => {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const from of loads(file)) {
      if (from.startsWith('.')) visit(join(dirname(file), from));
      else if (from.startsWith('@codeconnected/core/')) visit(join(CORE, from.slice('@codeconnected/core/'.length)));
      else packages.add(from);
    }
  };
  for (const name of readdirSync(HERE)) {
    if (name.endsWith('.ts') && !/\.(test|contract)\.ts$/.test(name)) visit(join(HERE, name));
  }
  for (const file of seen) expect(existsSync(file)).toBe(true);
  expect([...packages].sort()).toEqual(['lib0/encoding', 'yjs']);
  expect([...seen].filter((file) => /^(relay.*|frames|documents)\.ts$/.test(basename(file)))).toEqual([]);
});
