import { expect, test } from 'vitest';
import { type LockedPackage, missingPackages } from './packages.mjs';

const lock = (packages: Record<string, LockedPackage>) => ({ packages: { '': {}, 'packages/core': {}, ...packages } });
const WANTED = lock({
  'node_modules/@codeconnected/core': { link: true },
  'node_modules/zod': { version: '4.0.0' },
  'packages/web/node_modules/zod': { version: '3.0.0' },
  'node_modules/vitest': { version: '5.0.0', dev: true },
  'node_modules/binding-for-another-system': { version: '1.0.0', optional: true },
});
const PRODUCTION = lock({
  'node_modules/@codeconnected/core': { link: true },
  'node_modules/zod': { version: '4.0.0' },
  'packages/web/node_modules/zod': { version: '3.0.0' },
});

test('nothing installed: everything but the optional is missing', () => {
  expect(missingPackages(WANTED, undefined, { dev: true })).toHaveLength(4);
});

test('a production installation lacks nothing for a start, and the tests’ packages for a test', () => {
  expect(missingPackages(WANTED, PRODUCTION, { dev: false })).toEqual([]);
  expect(missingPackages(WANTED, PRODUCTION, { dev: true })).toEqual(['node_modules/vitest']);
});

test('a start after a test has nothing to do, so it removes nothing', () => {
  expect(missingPackages(WANTED, WANTED, { dev: false })).toEqual([]);
});

test('another version is missing, wherever it lies', () => {
  const old = lock({ ...PRODUCTION.packages, 'packages/web/node_modules/zod': { version: '2.0.0' } });
  expect(missingPackages(WANTED, old, { dev: false })).toEqual(['packages/web/node_modules/zod']);
});
