import { expect, test } from 'vitest';
import { SetupError } from '../../../../scripts/lib/progress.mjs';
import { OPTIONS } from './options.ts';
import { isLoopback, readSettings } from './read.ts';

/** What is said about a wrong environment. */
function refusal(environment: Record<string, string>): readonly string[] {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof SetupError) return error.details;
    throw error;
  }
  return [];
}

test('without variables the defaults count, and they are accepted', () => {
  const { settings, warnings } = readSettings({});
  expect(settings).toMatchObject({ PORT: 3000, HOST: '127.0.0.1', DATA_DIR: '.data', ALLOW_UNSANDBOXED: false });
  expect(settings.PUBLIC_URL).toBeUndefined();
  expect(warnings).toEqual([]);
});

test('an empty variable counts as not set', () => {
  expect(readSettings({ PORT: '', HOST: ' ' }).settings).toMatchObject({ PORT: 3000, HOST: '127.0.0.1' });
});

test.each([
  ['PORT', '0'],
  ['PORT', '65536'],
  ['PORT', '80a'],
  ['PORT', '-1'],
  ['PORT', '1e3'],
  ['HOST', 'a b'],
  ['PUBLIC_URL', 'code.example.org'],
  ['PUBLIC_URL', 'ftp://code.example.org'],
  ['PUBLIC_URL', 'https://code.example.org/rooms'],
  ['PUBLIC_URL', 'https://me@code.example.org'],
  ['TRUST_PROXY', 'yes'],
  ['ALLOW_UNSANDBOXED', 'true'],
  ['DOCKER', 'podman'],
  ['LOG_LEVEL', 'loud'],
  ['ROOM_DAYS', '0'],
  ['PEOPLE_PER_ROOM', '1'],
  ['SANDBOXES_MOST', 'many'],
  ['SANDBOX_MEMORY_MIB', '63'],
])('%s=%s is refused with its name, value and reason', (name, value) => {
  const [line] = refusal({ [name]: value });
  expect(line).toMatch(`${name}=${value}: must `);
});

test('every wrong value is named at once', () => {
  expect(refusal({ PORT: 'x', ROOM_DAYS: '-3', HOST: '' })).toHaveLength(2);
});

test('values that contradict each other are refused', () => {
  expect(refusal({ WARM_SANDBOXES: '5', SANDBOXES_MOST: '4' })).toEqual([
    'WARM_SANDBOXES=5: must not be more than SANDBOXES_MOST (4)',
  ]);
  expect(refusal({ PEOPLE_PER_ROOM: '50', SOCKETS_MOST: '49' })).toEqual([
    'PEOPLE_PER_ROOM=50: must not be more than SOCKETS_MOST (49)',
  ]);
});

test('an unknown CODECONNECTED_ variable is warned of, with the right name where there is one', () => {
  const { warnings } = readSettings({ CODECONNECTED_PORT: '1', CODECONNECTED_NONSENSE: '1', OTHER: '1' });
  expect(warnings).toEqual([
    'CODECONNECTED_PORT is not read: the setting is called PORT',
    'CODECONNECTED_NONSENSE is not a setting',
  ]);
});

test('a public address is kept as its origin', () => {
  expect(readSettings({ PUBLIC_URL: 'https://Code.example.org:443/' }).settings.PUBLIC_URL).toBe(
    'https://code.example.org',
  );
});

test('every setting says what it accepts and means', () => {
  for (const option of Object.values(OPTIONS)) {
    expect(option.accepts).not.toBe('');
    expect(option.about).toMatch(/[.:)`]$/);
  }
});

test.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['localhost', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['192.168.1.4', false],
  ['::', false],
])('%s is loopback: %s', (host, loopback) => {
  expect(isLoopback(host)).toBe(loopback);
});
