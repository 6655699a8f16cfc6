import { expect, test } from 'vitest';
import { countIn } from '../../tools/test.ts';

const report = {
  numPassedTests: 3,
  numFailedTests: 1,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [
    { status: 'passed', assertionResults: [{}, {}, {}] },
    { status: 'failed', assertionResults: [{}] },
  ],
};

test('counts passed, failed and skipped tests', () => {
  expect(countIn(JSON.stringify(report))).toEqual({ passed: 3, failed: 1, skipped: 2 });
});

test('a test file that cannot be loaded counts as failed', () => {
  const testResults = [...report.testResults, { status: 'failed', assertionResults: [] }];
  expect(countIn(JSON.stringify({ ...report, testResults }))).toEqual({ passed: 3, failed: 2, skipped: 2 });
});
