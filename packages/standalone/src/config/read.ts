/** Reads the settings from the environment and refuses what is wrong, naming each with its value and the reason. */
import { SetupError } from '../../../../scripts/lib/progress.mjs';
import { OPTIONS, type OptionName, type Settings } from './options.ts';

/** Variables that the processes hand to each other or that are for development. */
const INTERNAL = new Set(['CODECONNECTED_WEB', 'CODECONNECTED_RUNNER']);
const PREFIX = 'CODECONNECTED_';

export interface ReadSettings {
  readonly settings: Settings;
  /** Sentences for the operator about what was not understood but does no harm. */
  readonly warnings: readonly string[];
}

/**
 * @param environment usually `process.env`; a variable that is set but empty counts as not set
 * @throws SetupError that names every wrong value at once
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): ReadSettings {
  const problems: string[] = [];
  const settings: Partial<Record<OptionName, unknown>> = {};
  for (const [name, option] of Object.entries(OPTIONS)) {
    const text = environment[name]?.trim() || option.default;
    const result = option.schema.safeParse(text);
    if (result.success) settings[name as OptionName] = result.data;
    else problems.push(`${name}=${text}: ${result.error.issues[0]?.message ?? 'is not accepted'}`);
  }
  const read = settings as Settings;
  if (problems.length === 0) problems.push(...contradictions(read));
  refuse(problems);
  const warnings = Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !INTERNAL.has(name))
    .map((name) => {
      const bare = name.slice(PREFIX.length);
      return bare in OPTIONS ? `${name} is not read: the setting is called ${bare}` : `${name} is not a setting`;
    });
  return { settings: read, warnings };
}

/** @throws SetupError that names every problem, where there is one */
export function refuse(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new SetupError(
    problems.length === 1 ? 'a setting is wrong' : `${problems.length} settings are wrong`,
    ['docs/CONFIGURATION.md lists what each accepts'],
    problems,
  );
}

/** What is wrong only together. */
function contradictions(settings: Settings): string[] {
  const problems: string[] = [];
  if (settings.WARM_SANDBOXES > settings.SANDBOXES_MOST) {
    problems.push(
      `WARM_SANDBOXES=${settings.WARM_SANDBOXES}: must not be more than SANDBOXES_MOST (${settings.SANDBOXES_MOST})`,
    );
  }
  if (settings.PEOPLE_PER_ROOM > settings.SOCKETS_MOST) {
    problems.push(
      `PEOPLE_PER_ROOM=${settings.PEOPLE_PER_ROOM}: must not be more than SOCKETS_MOST (${settings.SOCKETS_MOST})`,
    );
  }
  return problems;
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
