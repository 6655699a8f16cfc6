import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { projectRoot } from '../src/runtime/project-files.ts';
import { runChecks } from './checks.ts';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Checks the source, runs the tests, and closes with one line that counts them; a check that fails counts as failed.
 * @param args for the test runner, for example a file or `--project unit`; then only those tests, and no check
 */
export async function main(args: string[]): Promise<number> {
  const failedChecks = args.length === 0 ? await runChecks() : 0;
  const tests = await runTests(args);
  const failed = tests.failed + failedChecks;
  const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : '';
  if (tests.passed + tests.failed === 0) console.log('\nNo test was run.');
  console.log(`\n${tests.passed} passed, ${failed} failed${skipped}`);
  return failed === 0 && tests.passed > 0 ? 0 : 1;
}

async function runTests(args: readonly string[]): Promise<Counts> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'payment-block-results-'));
  const resultsFile = path.join(folder, 'results.json');
  try {
    const code = await runVitest([
      ...['run', '--reporter=default', '--reporter=json', `--outputFile.json=${resultsFile}`],
      ...args,
    ]);
    const counts = existsSync(resultsFile)
      ? countIn(readFileSync(resultsFile, 'utf8'))
      : { passed: 0, failed: 0, skipped: 0 };
    // An error outside any test, such as one while the tests are set up, fails the run all the same.
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runVitest(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [path.join(projectRoot, 'node_modules/vitest/vitest.mjs'), ...args],
      {
        cwd: projectRoot,
        stdio: 'inherit',
      },
    );
    // Ctrl-C reaches the test runner by itself, which then clears up; this one only has to wait for it.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

const resultsSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

/** Counts the tests in the runner's report; a file that could not even be loaded counts as one that failed. */
export function countIn(report: string): Counts {
  const results = resultsSchema.parse(JSON.parse(report));
  const unloadable = results.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + unloadable.length,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}
