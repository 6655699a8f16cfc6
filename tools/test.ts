import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { projectRoot } from '../src/runtime/project-files.ts';
import { duration } from './progress.ts';
import { runProgram } from './processes/programs.ts';

interface Check {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** What the program's output must show for its success to mean anything. */
  readonly shows?: RegExp;
}

/** What must hold of the source itself, each with the program that checks it. */
const checks: readonly Check[] = [
  { name: 'types', program: 'typescript/bin/tsc', args: ['-p', 'tsconfig.json'] },
  { name: 'compilation', program: 'typescript/bin/tsc', args: ['-p', 'tsconfig.build.json'] },
  { name: 'lint', program: 'oxlint/bin/oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'format', program: '@biomejs/biome/bin/biome', args: ['format'] },
  {
    name: 'boundaries',
    program: 'dependency-cruiser/bin/dependency-cruise.mjs',
    args: ['--config', '.dependency-cruiser.mjs', 'src'],
    // It finds no fault with files that it cannot read.
    shows: /[1-9]\d* modules/,
  },
  { name: 'dead code', program: 'knip/bin/knip.js', args: ['--no-config-hints'] },
];

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Checks the source, runs the tests, and closes with one line that counts them; a check that fails counts as failed.
 * @param args for the test runner, for example a file to run alone
 */
export async function main(args: string[]): Promise<number> {
  const failedChecks = await runChecks();
  const tests = await runTests(args);
  const failed = tests.failed + failedChecks;
  const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : '';
  if (tests.passed + tests.failed === 0) console.log('\nNo test was run.');
  console.log(`\n${tests.passed} passed, ${failed} failed${skipped}`);
  return failed === 0 && tests.passed > 0 ? 0 : 1;
}

async function runChecks(): Promise<number> {
  let failed = 0;
  for (const check of checks) {
    const started = Date.now();
    try {
      await run(check);
      console.log(`${check.name}: in order (${duration(Date.now() - started)})`);
    } catch (error) {
      failed += 1;
      console.error(
        `${check.name}: not in order\n${error instanceof Error ? error.message : String(error)}\n`,
      );
    }
  }
  return failed;
}

async function run({ program, args, shows }: Check): Promise<void> {
  const output = await runProgram(
    process.execPath,
    [path.join(projectRoot, 'node_modules', program), ...args],
    { cwd: projectRoot },
  );
  if (shows !== undefined && !shows.test(output))
    throw new Error(`It ended well, but does not show that it looked at anything:\n${output}`);
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
