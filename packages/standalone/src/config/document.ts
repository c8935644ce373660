/** Writes docs/CONFIGURATION.md from the table: `node packages/standalone/src/config/document.ts`. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { sandboxLimitsSchema } from '@codeconnected/core/language/manifest.ts';
import { z } from 'zod';
import { OPTIONS } from './options.ts';

/** Where the document lies. */
export const DOCUMENT = resolve(import.meta.dirname, '../../../../docs/CONFIGURATION.md');

const HEAD = `# Configuration

Settings are environment variables, read once at start: \`PORT=8080 npm start\`. A value that is not accepted stops the
start with its reason. This page is written from \`packages/standalone/src/config/options.ts\` and
\`packages/core/src/language/manifest.ts\` by \`node packages/standalone/src/config/document.ts\`.
`;

const LIMITS = `
## Limits of one sandbox

They belong to its language and stand in \`languages/<id>/manifest.json\` under \`limits\`.

| limit | default | accepts | meaning |
|---|---|---|---|
`;

/** The document's text. */
export function configurationDocument(): string {
  const groups = new Map<string, string[]>();
  for (const [name, option] of Object.entries(OPTIONS)) {
    const rows = groups.get(option.group) ?? [];
    const fallback = option.default === '' ? '(empty)' : `\`${option.default}\``;
    rows.push(`| \`${name}\` | ${fallback} | ${option.accepts} | ${option.about} |\n`);
    groups.set(option.group, rows);
  }
  const parts = [...groups].map(
    ([group, rows]) =>
      `\n## ${group}\n\n| variable | default | accepts | meaning |\n|---|---|---|---|\n${rows.join('')}`,
  );
  return HEAD + parts.join('') + LIMITS + limitRows().join('');
}

function limitRows(): string[] {
  const { properties = {} } = z.toJSONSchema(sandboxLimitsSchema, { io: 'input' });
  return Object.entries(properties).map(([name, limit]) => {
    if (typeof limit === 'boolean') throw new Error(`${name} has no bounds`);
    const { default: fallback, minimum, maximum, description } = limit;
    return `| \`${name}\` | \`${fallback}\` | ${minimum} to ${maximum} | ${description} |\n`;
  });
}

if (import.meta.main) writeFileSync(DOCUMENT, configurationDocument());
