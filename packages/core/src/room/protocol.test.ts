/** The protocol's document names every field that a frame may have. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { controlFrameSchema, runnerFrameSchema } from '../sandbox/link.ts';
import { clientFrameSchema } from './frames.ts';

const DOCUMENT = readFileSync(resolve(import.meta.dirname, '../../../../docs/PROTOCOL.md'), 'utf8');

/** Lines of tables under a heading that tell of a kind of frame. */
function rowsOf(heading: string, kind: string): string {
  const section = DOCUMENT.split(/^## /m).find((each) => each.startsWith(heading)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|') && line.includes(`\`${kind}\``))
    .join('\n');
}

/** The fields of each kind of frame that an exported union of a file declares, from its text. */
function declared(file: string, name: string): [string, string[]][] {
  const source = readFileSync(resolve(import.meta.dirname, file), 'utf8');
  const [, body = ''] = source.split(`export type ${name} =`);
  const members = [...body.matchAll(/\{([^{}]*\bt: '(\w+)'[^{}]*)\}/g)];
  return members.map(([, fields = '', kind = '']) => [
    kind,
    [...fields.matchAll(/readonly (\w+)\??:/g)].map(([, field = '']) => field).filter((field) => field !== 't'),
  ]);
}

const schemas = [
  ...clientFrameSchema.options.map((option) => ['From the page', option] as const),
  ...[...controlFrameSchema.options, ...runnerFrameSchema.options].map((option) => ['The link', option] as const),
].map(([heading, { shape }]): [string, string, string[]] => [
  heading,
  [...shape.t.values][0] as string,
  Object.keys(shape).filter((field) => field !== 't'),
]);
const server = declared('frames.ts', 'ServerFrame').map(([kind, fields]): [string, string, string[]] => [
  'From the server',
  kind,
  fields,
]);

it('finds the frames of the server in their declaration', () => {
  expect(server.map(([, kind]) => kind)).toEqual(expect.arrayContaining(['welcome', 'sync', 'terminal', 'error']));
});

it.each([...schemas, ...server])('%s: the document names the fields of %s', (heading, kind, fields) => {
  const rows = rowsOf(heading, kind);
  expect(rows).not.toBe('');
  // Of parts there is a paragraph, for both sides.
  const text = kind === 'part' ? DOCUMENT : rows;
  expect(fields.filter((field) => !text.includes(`\`${field}\``))).toEqual([]);
});

it.each(['editMilliseconds', 'eager', 'cursorMilliseconds', 'vectorMilliseconds', 'pingMilliseconds'])(
  'the document names %s',
  (field) => expect(DOCUMENT).toContain(`\`${field}\``),
);
