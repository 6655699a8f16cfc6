import type { Print } from './progress.ts';

/**
 * A signal that is aborted when this process is asked to end: by Ctrl-C, by another program, or because its terminal
 * was closed. Being asked again changes nothing: one Ctrl-C arrives twice when npm passes on what the terminal has
 * already sent, and ending at once would leave the parts of the stack running.
 */
export function abortWhenAsked(print: Print): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (controller.signal.aborted) return;
      print('\nStopping …');
      controller.abort();
    });
  return controller.signal;
}

export function onceAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
