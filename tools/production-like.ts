import { rmSync, writeFileSync } from 'node:fs';
import { print } from './command-line.ts';
import { abortWhenAsked, onceAborted } from './processes/signals.ts';
import { duration } from './progress.ts';
import { partsTable } from './stack/parts-table.ts';
import { portsFromEnvironment } from './stack/ports.ts';
import { productionLikeState } from './stack/state.ts';
import { type ProductionLikeStack, startProductionLike } from './walls/production-like.ts';

/** Brings the service up as it runs for real, with Temporal behind walls, and serves until it is asked to stop. */
export async function main(): Promise<number> {
  const started = Date.now();
  const state = productionLikeState(process.env);
  const signal = abortWhenAsked(print);
  print('Starting …');
  const stack = await startProductionLike({
    ports: portsFromEnvironment(process.env),
    state,
    environment: process.env,
    print,
    signal,
  });
  let failure: Error | undefined;
  try {
    print(`\n${partsTable(stack.parts)}\n`);
    writeEnvironment(state.environmentFile, stack.commandLine);
    if (!signal.aborted) tellWhereToGo(stack, state.environmentFile, Date.now() - started);
    const outcome = await Promise.race([onceAborted(signal), stack.failed]);
    if (outcome instanceof Error) failure = outcome;
    if (failure) print(`\n${failure.message}\n\nThe other parts are being stopped …`);
  } finally {
    await stack.stop();
  }
  print(`Stopped. What was stored is kept in ${state.folder} ("npm run reset" clears it).`);
  return failure ? 1 : 0;
}

/** A file that a shell reads variables from. What is in it opens Temporal: for its owner alone. */
function writeEnvironment(file: string, environment: NodeJS.ProcessEnv): void {
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'\n`);
  rmSync(file, { force: true });
  writeFileSync(file, lines.join(''), { mode: 0o600 });
}

function tellWhereToGo(stack: ProductionLikeStack, commandLine: string, took: number): void {
  const { userId, password } = stack.account;
  print(`Ready after ${duration(took)}. Serving until Ctrl-C.\n`);
  print(`  Temporal UI  ${stack.temporal.ui}  (sign in: ana and ben decide, vera looks on)`);
  print(`  Reviews      ${stack.api}/reviews`);
  print(`  API docs     ${stack.api}/docs`);
  print(`  Mail         ${stack.inbox}`);
  print(`  Account      ${userId}, password ${password}`);
  print(`  Commands     . ${commandLine} && npx payment-block --help`);
}
