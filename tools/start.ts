import { duration } from './progress.ts';
import { runSamplePayment } from './sample-payment.ts';
import { onceAborted } from './processes/signals.ts';
import { type Stack, startStack } from './stack/stack.ts';
import { stateFolderFromEnvironment } from './stack/state.ts';
import { serve } from './serve.ts';
import { print } from './command-line.ts';

/** Brings the stack up, drives a sample payment through it, and serves until it is asked to stop. */
export async function main(): Promise<number> {
  if (await serve(stateFolderFromEnvironment(process.env), startStack, showAround)) return 0;
  print('"npm start" goes on from there: every payment under way is taken up where it was.');
  return 1;
}

async function showAround(stack: Stack, started: number, signal: AbortSignal): Promise<void> {
  await Promise.race([showSample(stack), onceAborted(signal)]);
  if (signal.aborted) return;
  print(`\nReady after ${duration(Date.now() - started)}. Serving until Ctrl-C.\n`);
  print(`  API docs     ${stack.api}/docs`);
  print(`  Reviews      ${stack.api}/reviews`);
  if (stack.temporal.ui !== undefined) print(`  Temporal UI  ${stack.temporal.ui}`);
  if (stack.inbox !== undefined) print(`  Mail         ${stack.inbox}`);
  const { userId, password } = stack.account;
  if (userId === 'demo') print(`  Account      ${userId}, password ${password}`);
}

/** The sample goes by the subscriber's own rules, lists and settings, which may lead it another way. */
async function showSample(stack: Stack): Promise<void> {
  try {
    await runSamplePayment(stack, print);
  } catch (error) {
    print(`\n${error instanceof Error ? error.message : String(error)}`);
    print(
      `The stack serves all the same: the sample goes by what subscriber ${stack.account.subscriberId} has set.`,
    );
  }
}
