import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { isGreen, jsonOf, reportOf } from './chaos/report.ts';
import { type ChaosOptions, runChaos } from './chaos/run.ts';
import { abortWhenAsked } from './processes/signals.ts';
import { withThrowAwayState } from './stack/throw-away-state.ts';
import { positive, print } from './command-line.ts';

/**
 * Kills and cuts everything while payments go through their lives, and then counts the money on both sides.
 * @returns 0 only where every promise was kept and every failpoint was hit
 */
export async function main(args: string[]): Promise<number> {
  const { json, ...options } = read(args);
  const signal = abortWhenAsked(print);
  print(`Seed ${options.seed}, ${options.lifecycles} lifecycles.\n`);
  const outcome = await withThrowAwayState('payment-block-chaos-', (state) =>
    runChaos(options, state, print, signal),
  );
  print(`\n${reportOf(outcome, options)}\n`);
  if (json !== undefined) writeFileSync(json, jsonOf(outcome, options));
  const green = isGreen(outcome, options);
  print(green ? 'Every promise was kept.' : 'A promise was broken, or the run is incomplete: see above.');
  return green ? 0 : 1;
}

function read(args: string[]): ChaosOptions & { readonly json?: string } {
  const command = new Command('npm run chaos --')
    .option('--lifecycles <number>', 'how many payments', positive, 1_000)
    .option('--seed <number>', 'decides what is dealt to whom', positive, randomInt(1, 1_000_000))
    .option('--minutes <number>', 'begin no lifecycle after so long', positive, 30)
    .option('--rate <number>', 'lifecycles begun in a second', positive, 2)
    .option('--concurrency <number>', 'lifecycles under way at once, at most', positive, 60)
    .option('--no-kills', 'leave processes and network alone: only the gateway misbehaves')
    .option('--new-key-per-retry', 'make the adapter careless, which has to come out red', false)
    .option('--json <file>', 'write the report there for programs');
  return command.parse(args, { from: 'user' }).opts();
}
