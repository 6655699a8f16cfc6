import { CancellationScope, patched, sleep } from '@temporalio/workflow';

/**
 * Ends the workflow task, so that the Update is in the history before anything is done about it. Until then it is in the
 * server's memory only: the server's end would lose it, and leave behind what a local activity has stored for it.
 */
export async function recordedFirst(): Promise<void> {
  if (!patched('updates-recorded-first')) return;
  await CancellationScope.nonCancellable(() => sleep(1, { summary: 'have the update recorded first' }));
}
