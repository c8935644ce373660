/** The whole product in a real Chromium: started once by the global set-up, as `npm start` starts it. */
import { defineConfig } from '@playwright/test';

/** One browser test with two or three pages on 2 cores; the longest waits for restarts. */
const TEST_MILLISECONDS = 90_000;
/** A single expectation: a cold sandbox on a busy machine takes seconds. */
const EXPECT_MILLISECONDS = 20_000;

export default defineConfig({
  testDir: './specs',
  timeout: TEST_MILLISECONDS,
  expect: { timeout: EXPECT_MILLISECONDS },
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  outputDir: '../test-results',
  globalSetup: './src/global-setup.ts',
  reporter: process.env.E2E_JSON ? [['line'], ['json', { outputFile: process.env.E2E_JSON }]] : [['line']],
  use: {
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--disable-quic',
      ],
    },
  },
});
