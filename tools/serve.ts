import { print } from './command-line.ts';
import { abortWhenAsked, onceAborted } from './processes/signals.ts';
import { partsTable } from './stack/parts-table.ts';
import { portsFromEnvironment } from './stack/ports.ts';
import type { Stack, StackOptions } from './stack/stack.ts';
import type { StateFolder } from './stack/state.ts';

/**
 * Brings a stack up on the ports of the environment, and serves until it is asked to stop.
 * @param tell what to do once it is up, with when it began
 * @returns whether it was asked to stop; not where a part of it ended by itself
 */
export async function serve<S extends Stack>(
  state: StateFolder,
  start: (options: StackOptions) => Promise<S>,
  tell: (stack: S, started: number, signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const started = Date.now();
  const signal = abortWhenAsked(print);
  print('Starting …');
  const stack = await start({
    ports: portsFromEnvironment(process.env),
    state,
    environment: process.env,
    print,
    signal,
  });
  let failure: Error | undefined;
  try {
    print(`\n${partsTable(stack.parts)}\n`);
    const served = tell(stack, started, signal).then(() => onceAborted(signal));
    const outcome = await Promise.race([served, stack.failed]);
    if (outcome instanceof Error) failure = outcome;
    if (failure) print(`\n${failure.message}\n\nThe other parts are being stopped …`);
  } finally {
    await stack.stop();
  }
  print(`Stopped. What was stored is kept in ${state.folder} ("npm run reset" clears it).`);
  return failure === undefined;
}
