import { CancellationScope, patched } from '@temporalio/workflow';
import { runs } from './retry-policies.ts';

/**
 * Ends the workflow task, so that the Update is in the history before anything is done about it. Until then it is in the
 * server's memory only: the server's end would lose it, and leave behind what a local activity has stored for it.
 *
 * By an activity that does nothing, and not by a timer: the shortest one takes Temporal about a second.
 */
export async function recordedFirst(): Promise<void> {
  if (!patched('updates-recorded-first')) return;
  const summary = 'have the update recorded first';
  await CancellationScope.nonCancellable(() => runs.haveUpdateRecorded.executeWithOptions({ summary }, []));
}
