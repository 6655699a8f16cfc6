/**
 * Tells the process that started this one, if it listens, that this one serves now.
 * @param details what only this process knows, such as the port that the system chose
 */
export function reportReady(details: Readonly<Record<string, number>> = {}): void {
  if (process.connected) process.send?.({ ready: true, ...details });
}

/**
 * Ends this process cleanly when it is asked to (SIGTERM, SIGINT), or when the one that started it is gone: a local
 * server must not outlive its stack.
 * @param stop closes what is open; the process ends once it resolves
 */
export function shutdownOnSignal(stop: () => Promise<void>): void {
  let ending = false;
  const end = (): void => {
    // A stack that stops signals its processes, and is gone soon after: two reasons, one end.
    if (ending) return;
    ending = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error('Could not stop cleanly:', error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('disconnect', end);
  // Gone while this one was still starting: the event has been and will not come again.
  if (process.send && !process.connected) end();
}
