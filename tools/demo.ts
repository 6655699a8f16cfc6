import { partsTable } from './stack/parts-table.ts';
import { freePorts } from './stack/ports.ts';
import { runSamplePayment } from './sample-payment.ts';
import { abortWhenAsked, onceAborted } from './processes/signals.ts';
import { type Stack, startStack } from './stack/stack.ts';
import type { StateFolder } from './stack/state.ts';
import { withThrowAwayState } from './stack/throw-away-state.ts';
import { print } from './command-line.ts';

/**
 * Shows one payment's whole life on a stack of its own, which leaves nothing behind.
 * @returns 0 only when every step was seen
 */
export async function main(): Promise<number> {
  const signal = abortWhenAsked(print);
  await withThrowAwayState('payment-block-demo-', (state) => demonstrate(state, signal));
  print('\nEvery step was seen; the stack is stopped and its data removed.');
  return 0;
}

async function demonstrate(state: StateFolder, signal: AbortSignal): Promise<void> {
  print('Starting a stack on free ports …');
  const ports = await freePorts();
  const stack = await startStack({ ports, state, environment: process.env, print, signal });
  try {
    print(`\n${partsTable(stack.parts)}\n`);
    await show(stack, signal);
  } finally {
    await stack.stop();
  }
}

async function show(stack: Stack, signal: AbortSignal): Promise<void> {
  const outcome = await Promise.race([runSamplePayment(stack, print), stack.failed, onceAborted(signal)]);
  if (outcome instanceof Error) throw outcome;
  if (signal.aborted) throw new Error('Stopped before every step was seen.');
}
