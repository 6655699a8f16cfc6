import { randomInt } from 'node:crypto';
import { Command } from 'commander';
import { table } from '../src/cli/output/output.ts';
import { fuzzApi } from './fuzz/api.ts';
import type { Findings } from './fuzz/findings.ts';
import { fuzzParsers } from './fuzz/parsers.ts';
import { abortWhenAsked } from './processes/signals.ts';
import { withThrowAwayState } from './stack/throw-away-state.ts';
import { positive, print } from './command-line.ts';

/**
 * Sends what nobody should send: to every parser, and to every route of the API with and without credentials.
 * @returns 0 only where nothing was found
 */
export async function main(args: string[]): Promise<number> {
  const { minutes, seed } = read(args);
  const signal = abortWhenAsked(print);
  print(`Seed ${seed}, ${minutes} minutes: a third of it for the parsers, the rest for the API.\n`);
  const parsers = await fuzzParsers({ seed, milliseconds: (minutes * 60_000) / 3, signal, print });
  const api = await withThrowAwayState('payment-block-fuzz-', (state) =>
    fuzzApi({ seed, seconds: Math.max(Math.round(minutes * 40), 10), state, signal, print }),
  );
  const rows = [...parsers, ...api];
  print(`\n${tableOf(rows)}\n`);
  const found = rows.flatMap(({ findings, slow }) => [...findings, ...slow]);
  for (const finding of found) print(`${finding}\n`);
  print(
    found.length === 0
      ? '0 findings.'
      : `${found.length} findings: see above. Again: npm run fuzz -- --seed ${seed}`,
  );
  return found.length === 0 ? 0 : 1;
}

function tableOf(rows: readonly Findings[]): string {
  return table(
    ['what', 'inputs', 'findings', 'longest'],
    rows.map(({ what, inputs, findings, slow, longestMs }) => [
      what,
      inputs.toLocaleString('en'),
      String(findings.length + slow.length),
      `${Math.round(longestMs)} ms`,
    ]),
    ['inputs', 'findings', 'longest'],
  );
}

function read(args: string[]): { readonly minutes: number; readonly seed: number } {
  const command = new Command('npm run fuzz --')
    .option('--minutes <number>', 'how long', positive, 2)
    .option('--seed <number>', 'decides what is sent', positive, randomInt(1, 1_000_000));
  return command.parse(args, { from: 'user' }).opts();
}
