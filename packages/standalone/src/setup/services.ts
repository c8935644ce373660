/** Keeps packages that we install from starting services of their own, now and at the next boot. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { command } from '../../../../scripts/lib/command.mjs';

/** Asked by dpkg before a package starts its service. */
const POLICY = '/usr/sbin/policy-rc.d';
/** What we answer; by it a file that a killed installation left is known for ours. */
const OURS = '#!/bin/sh\n# Placed by Codeconnected while it installs packages.\nexit 101\n';
/** What each package of a daemon brings: the daemon we start is a private one. */
const UNITS: Readonly<Record<string, readonly string[]>> = {
  'docker.io': ['docker.service', 'docker.socket'],
  containerd: ['containerd.service'],
};

/** Packages whose services stay off where this installation brings them. */
export const SERVICE_PACKAGES = Object.keys(UNITS);

/** Whether a policy of ours stands there, although nobody may be installing any more. */
export function policyIsOurs(policy = POLICY): boolean {
  return existsSync(policy) && readFileSync(policy, 'utf8') === OURS;
}

/** Removes a policy of ours. The caller holds the lock on installations, so nobody needs it. */
export function removePolicy(policy = POLICY): void {
  if (policyIsOurs(policy)) rmSync(policy, { force: true });
}

/**
 * Holds services back unless the machine has a policy of its own already. The caller holds the lock on installations.
 * @returns lets them start again
 */
export function holdServices(policy = POLICY): () => void {
  removePolicy(policy);
  if (existsSync(policy)) return () => {};
  writeFileSync(policy, OURS, { mode: 0o755 });
  return () => removePolicy(policy);
}

/** Keeps the services of packages that we brought from appearing at the next boot; others are the operator's. */
export async function keepServicesOff(brought: readonly string[]): Promise<void> {
  const units = brought.flatMap((name) => UNITS[name] ?? []);
  if (units.length === 0 || !existsSync('/run/systemd/system')) return;
  await command('systemctl', ['disable', ...units]).catch(() => '');
}
