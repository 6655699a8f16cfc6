import type { Print } from '../progress.ts';

const PARENT_CHECK_MS = 500;

/**
 * A signal that is aborted when this process is asked to end: by Ctrl-C, by another program, or because its terminal
 * was closed. Being asked again changes nothing: one Ctrl-C arrives twice when npm passes on what the terminal has
 * already sent, and ending at once would leave the parts of the stack running.
 */
export function abortWhenAsked(print: Print): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    if (controller.signal.aborted) return;
    print('\nStopping …');
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, abort);
  // The reader of what is printed has gone, as with "| head".
  process.stdout.on('error', abort);
  if (process.env['npm_lifecycle_event'] !== undefined) whenParentIsGone(abort);
  return controller.signal;
}

/** npm hands a signal to the shell that it runs us in; that shell ends of it and tells us nothing. */
function whenParentIsGone(act: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, PARENT_CHECK_MS);
  timer.unref();
}

export function onceAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
