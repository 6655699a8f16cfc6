#!/usr/bin/env node
import { CommanderError } from 'commander';
import { EXIT } from './output/exit.ts';
import { createProgram } from './program.ts';

const args = process.argv.slice(2);
const wantsJson = args.includes('--json');

try {
  const program = await createProgram(args);
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) {
    // Commander has printed the help or the version that was asked for.
    process.exitCode = EXIT.done;
  } else {
    // Loaded here: it knows every failure of Temporal and Postgres, and most commands have none.
    const { explainFailure } = await import('./output/failures.ts');
    const failure = explainFailure(error);
    if (wantsJson) process.stderr.write(`${JSON.stringify({ error: failure })}\n`);
    else if (!(error instanceof CommanderError)) process.stderr.write(`${failure.message}\n`);
    process.exitCode = failure.exitCode;
  }
}
