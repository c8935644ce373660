/** Two projects: `fast` needs nothing but Node; `docker` needs Docker with gVisor and runs one file at a time. */
import { defineConfig } from 'vitest/config';

/** Only what hangs takes this long: a property suite of a thousand seeds on a busy machine needs minutes, milliseconds. */
const FAST_MILLISECONDS = 600_000;
/** A test that starts sandboxes, or the whole product, milliseconds. */
const DOCKER_MILLISECONDS = 300_000;
/** Leaves a core to what the tests themselves start. */
const WORKERS = 2;

const ELSEWHERE = ['**/node_modules/**', '**/build/**', '**/.svelte-kit/**', 'e2e/**'];

export default defineConfig({
  test: {
    maxWorkers: WORKERS,
    projects: [
      {
        test: {
          name: 'fast',
          setupFiles: ['vitest.setup.ts'],
          include: ['{packages,languages,scripts,bench}/**/*.test.ts'],
          exclude: [...ELSEWHERE, '**/*.docker.test.ts'],
          testTimeout: FAST_MILLISECONDS,
          hookTimeout: FAST_MILLISECONDS,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'docker',
          include: ['{packages,languages,bench}/**/*.docker.test.ts'],
          exclude: ELSEWHERE,
          testTimeout: DOCKER_MILLISECONDS,
          hookTimeout: DOCKER_MILLISECONDS,
          pool: 'forks',
          fileParallelism: false,
        },
      },
    ],
  },
});
