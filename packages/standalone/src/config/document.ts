/** Writes docs/CONFIGURATION.md from the table: `node packages/standalone/src/config/document.ts`. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { OPTIONS } from './options.ts';

/** Where the document lies. */
export const DOCUMENT = resolve(import.meta.dirname, '../../../../docs/CONFIGURATION.md');

const HEAD = `# Configuration

Settings are environment variables, read once at start: \`PORT=8080 npm start\`. A value that is not accepted stops the
start with its reason. This page is written from \`packages/standalone/src/config/options.ts\` by
\`node packages/standalone/src/config/document.ts\`.
`;

const TAIL = `
Limits of a single sandbox (memory, CPU, processes, time, output, disk) belong to its language and stand in
\`languages/<id>/manifest.json\` under \`limits\`.
`;

/** The document's text. */
export function configurationDocument(): string {
  const groups = new Map<string, string[]>();
  for (const [name, option] of Object.entries(OPTIONS)) {
    const rows = groups.get(option.group) ?? [];
    const fallback = option.default === '' ? '(empty)' : `\`${option.default}\``;
    rows.push(`| \`${name}\` | ${fallback} | ${option.accepts} | ${option.about} |`);
    groups.set(option.group, rows);
  }
  const parts = [...groups].map(
    ([group, rows]) =>
      `\n## ${group}\n\n| variable | default | accepts | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`,
  );
  return HEAD + parts.join('') + TAIL;
}

if (import.meta.main) writeFileSync(DOCUMENT, configurationDocument());
