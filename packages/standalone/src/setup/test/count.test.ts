import { expect, test } from 'vitest';
import { countPlaywright, countVitest, judged, lastLine, NONE } from './count.ts';

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((each) => ({ status: each })),
});

test('vitest: passed, failed and skipped are what the report says', () => {
  const counts = countVitest({
    numPassedTests: 3,
    numFailedTests: 1,
    numPendingTests: 2,
    numTodoTests: 1,
    testResults: [file('passed', 'passed'), file('failed', 'failed')],
  });
  expect(counts).toEqual({ passed: 3, failed: 1, skipped: 3 });
});

test('vitest: a file that could not be loaded is a failure', () => {
  const counts = countVitest({
    numPassedTests: 1,
    numFailedTests: 0,
    numPendingTests: 0,
    testResults: [file('failed')],
  });
  expect(counts.failed).toBe(1);
});

test('Playwright: a flaky test and an error outside of tests are failures', () => {
  const stats = { expected: 4, unexpected: 1, flaky: 1, skipped: 1 };
  expect(countPlaywright({ stats, errors: ['x'] })).toEqual({ passed: 4, failed: 3, skipped: 1 });
});

test('a program that failed silently, or ran nothing, counts as one failure', () => {
  const some = { passed: 5, failed: 0, skipped: 0 };
  expect(judged(some, 0)).toEqual(some);
  expect(judged(some, 1)).toEqual({ passed: 5, failed: 1, skipped: 0 });
  expect(judged({ passed: 5, failed: 2, skipped: 0 }, 1).failed).toBe(2);
  expect(judged(NONE, 0).failed).toBe(1);
});

test('the last line is the one that is asked for', () => {
  expect(lastLine({ passed: 12, failed: 0, skipped: 1 })).toBe('12 passed, 0 failed, 1 skipped');
});
