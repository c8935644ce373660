import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holdServices, policyIsOurs, removePolicy } from './services.ts';

let folder: string;
let policy: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-'));
  policy = join(folder, 'policy-rc.d');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('services are held back while packages install, and no longer', () => {
  const allow = holdServices(policy);
  expect(readFileSync(policy, 'utf8')).toContain('exit 101');
  allow();
  expect(existsSync(policy)).toBe(false);
});

test('S5 a policy that a killed installation left is known for ours, taken over and removed', () => {
  holdServices(policy);
  expect(policyIsOurs(policy)).toBe(true);
  holdServices(policy)();
  expect(existsSync(policy)).toBe(false);
});

test('S5 the operator’s own policy counts and stays', () => {
  writeFileSync(policy, '#!/bin/sh\nexit 0\n');
  holdServices(policy)();
  removePolicy(policy);
  expect(readFileSync(policy, 'utf8')).toBe('#!/bin/sh\nexit 0\n');
});
