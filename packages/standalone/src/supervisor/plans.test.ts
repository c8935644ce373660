import { runnerConfigSchema } from '@codeconnected/runner/config.ts';
import { expect, test } from 'vitest';
import { OPTIONS } from '../config/options.ts';
import { readSettings } from '../config/read.ts';
import { webConfigSchema } from '../web/config.ts';
import { runnerConfig, webConfig } from './configs.ts';
import { runnerEnvironment, webEnvironment } from './plans.ts';
import { needsPrivilege } from './port.ts';
import { webRoom } from './web-room.ts';

const PLACES = { dataDir: '/d', webBuild: '/b', guestKeyFile: '/g', linkTokenFile: '/l' };
const DATA = { runner: '/r', linkToken: '/l', instance: 'i' };
const DOCKER = { socket: '/s', runtime: 'runsc', unsandboxed: false };
/** Settings beside which every single one may go to its bounds. */
const ROOMY = { WARM_SANDBOXES: '0', SANDBOXES_MOST: '1000', PEOPLE_PER_ROOM: '2' };

const EDGES = Object.entries(OPTIONS).flatMap(([name, { edges }]) => edges.map((edge) => [name, edge] as const));

test.each(EDGES)('%s=%s is accepted by both processes', (name, edge) => {
  const { settings } = readSettings({ ...ROOMY, [name]: edge });
  expect(() => webConfigSchema.parse(webConfig(settings, PLACES))).not.toThrow();
  expect(() => runnerConfigSchema.parse(runnerConfig('/clone', settings, DATA, DOCKER))).not.toThrow();
});

test('a class behind one address fits into a room, whatever a room holds', () => {
  const { settings } = readSettings({ PEOPLE_PER_ROOM: '1000' });
  expect(webConfig(settings, PLACES).socketsPerAddress).toBe(1000);
  expect(webConfig(readSettings({}).settings, PLACES).socketsPerAddress).toBe(200);
  expect(webConfig(readSettings({ SOCKETS_PER_ADDRESS: '7' }).settings, PLACES).socketsPerAddress).toBe(7);
});

const OPERATORS = {
  PATH: '/clone/node_modules/.bin:/home/me/.nvm/versions/node/v20/bin:relative:/usr/bin',
  HOME: '/home/me',
  LANG: 'C.UTF-8',
  TZ: 'Europe/Berlin',
  HTTP_PROXY: 'http://proxy:3128',
  https_proxy: 'http://me:secret@proxy:3128',
  NO_PROXY: 'localhost',
  npm_config_registry: 'https://registry.example',
  NPM_CONFIG_CAFILE: '/ca.pem',
  AWS_SECRET_ACCESS_KEY: 'x',
  DOCKER_HOST: 'unix:///s',
  NODE_OPTIONS: '--inspect',
};

test('S3 the web process sees nothing of the operator’s but language, time zone and certificates', () => {
  expect(webEnvironment(OPERATORS)).toEqual({
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/nonexistent',
    NODE_ENV: 'production',
    LANG: 'C.UTF-8',
    TZ: 'Europe/Berlin',
  });
});

test('S3 the runner sees besides where npm is, npm’s settings and the proxy', () => {
  expect(runnerEnvironment(OPERATORS)).toEqual({
    PATH: '/home/me/.nvm/versions/node/v20/bin:/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    NODE_ENV: 'production',
    LANG: 'C.UTF-8',
    TZ: 'Europe/Berlin',
    HTTP_PROXY: 'http://proxy:3128',
    https_proxy: 'http://me:secret@proxy:3128',
    NO_PROXY: 'localhost',
    npm_config_registry: 'https://registry.example',
    NPM_CONFIG_CAFILE: '/ca.pem',
  });
});

test('S3 the web process may listen below port 1024 only where its port is there', () => {
  expect([80, 1023, 1024, 3000].map((port) => needsPrivilege(port, '/nowhere'))).toEqual([true, true, false, false]);
  const script = (low: boolean) => webRoom('/clone', '/data', low).args.join(' ');
  expect(script(false)).not.toContain('+');
  expect(script(true).match(/\+\w+/g)).toEqual(Array(3).fill('+net_bind_service'));
});
