import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { partsTable } from './parts-table.ts';
import { freePorts } from './ports.ts';
import { runSamplePayment } from './sample-payment.ts';
import { abortWhenAsked, onceAborted } from './signals.ts';
import { type Stack, startStack } from './stack.ts';
import { clearState, isInUse, type StateFolder, stateFolder } from './state.ts';

const PREFIX = 'payment-block-demo-';

/**
 * Shows one payment's whole life on a stack of its own, which leaves nothing behind.
 * @returns 0 only when every step was seen
 */
export async function main(): Promise<number> {
  const signal = abortWhenAsked(print);
  await clearLeftOvers();
  print('Starting a stack on free ports …');
  const ports = await freePorts();
  const state = stateFolder(mkdtempSync(path.join(os.tmpdir(), PREFIX)));
  // Postgres, which runs as another account when this is root, has to get to its data in there.
  chmodSync(state.folder, 0o711);
  try {
    const stack = await startStack({
      ports,
      state,
      environment: process.env,
      print,
      signal,
    });
    try {
      print(`\n${partsTable(stack.parts)}\n`);
      await show(stack, signal);
    } finally {
      await stack.stop();
    }
  } finally {
    await remove(state);
  }
  print('\nEvery step was seen; the stack is stopped and its data removed.');
  return 0;
}

async function show(stack: Stack, signal: AbortSignal): Promise<void> {
  const outcome = await Promise.race([runSamplePayment(stack, print), stack.failed, onceAborted(signal)]);
  if (outcome instanceof Error) throw outcome;
  if (signal.aborted) throw new Error('Stopped before every step was seen.');
}

/** A demo that was killed has left its folder, and maybe servers that run on it. */
async function clearLeftOvers(): Promise<void> {
  for (const name of readdirSync(os.tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const state = stateFolder(path.join(os.tmpdir(), name));
    if (!isInUse(state)) await remove(state);
  }
}

async function remove(state: StateFolder): Promise<void> {
  await clearState(state);
  rmSync(state.folder, { recursive: true, force: true });
}

function print(line: string): void {
  console.log(line);
}
