import path from 'node:path';
import { projectRoot } from '../src/runtime/project-files.ts';
import { runProgram } from './processes/programs.ts';
import { duration } from './progress.ts';
import { findRetiredWords } from './vocabulary.ts';

interface Check {
  readonly name: string;
  /** @throws what is not in order */
  readonly run: () => Promise<void>;
}

/** What must hold of the source itself. */
const checks: readonly Check[] = [
  program('types', 'typescript/bin/tsc', ['-p', 'tsconfig.json']),
  program('compilation', 'typescript/bin/tsc', ['-p', 'tsconfig.build.json']),
  program('lint', 'oxlint/bin/oxlint', ['--type-aware', '--deny-warnings']),
  program('format', '@biomejs/biome/bin/biome', ['format']),
  program(
    'boundaries',
    'dependency-cruiser/bin/dependency-cruise.mjs',
    ['--config', '.dependency-cruiser.mjs', 'src'],
    // It finds no fault with files that it cannot read.
    /[1-9]\d* modules/,
  ),
  program('dead code', 'knip/bin/knip.js', ['--no-config-hints']),
  { name: 'vocabulary', run: findRetiredWords },
];

/** Runs every check and prints how each ended. @returns how many have failed */
export async function runChecks(): Promise<number> {
  let failed = 0;
  for (const check of checks) {
    const started = Date.now();
    try {
      await check.run();
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

/** @param shows what the program's output must show for its success to mean anything */
function program(name: string, file: string, args: readonly string[], shows?: RegExp): Check {
  return {
    name,
    run: async () => {
      const output = await runProgram(
        process.execPath,
        [path.join(projectRoot, 'node_modules', file), ...args],
        { cwd: projectRoot },
      );
      if (shows !== undefined && !shows.test(output))
        throw new Error(`It ended well, but does not show that it looked at anything:\n${output}`);
    },
  };
}
