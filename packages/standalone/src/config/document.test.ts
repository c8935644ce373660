import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configurationDocument, DOCUMENT } from './document.ts';

test('docs/CONFIGURATION.md is what the table says', () => {
  expect(readFileSync(DOCUMENT, 'utf8')).toBe(configurationDocument());
});
