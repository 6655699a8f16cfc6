import { rmSync, writeFileSync } from 'node:fs';
import { print } from './command-line.ts';
import { duration } from './progress.ts';
import { serve } from './serve.ts';
import { productionLikeState } from './stack/state.ts';
import { type ProductionLikeStack, startProductionLike } from './walls/production-like.ts';

/** Brings the service up as it runs for real, with Temporal behind walls, and serves until it is asked to stop. */
export async function main(): Promise<number> {
  const state = productionLikeState(process.env);
  const { environmentFile } = state;
  const isWell = await serve(state, startProductionLike, async (stack, started, signal) => {
    writeEnvironment(environmentFile, stack.commandLine);
    if (!signal.aborted) tellWhereToGo(stack, environmentFile, Date.now() - started);
  });
  return isWell ? 0 : 1;
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
