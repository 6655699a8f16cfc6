import { CancellationScope, patched, sleep } from '@temporalio/workflow';
import { runs } from './retry-policies.ts';

/**
 * Ends the workflow task, so that the Update is in the history before anything is done about it. Until then it is in the
 * server's memory only: the server's end would lose it, and leave behind what a local activity has stored for it.
 *
 * By an activity that does nothing, and not by a timer, as runs of before did: the shortest one takes Temporal about a
 * second.
 */
export async function recordedFirst(): Promise<void> {
  if (patched('updates-recorded-by-activity')) {
    const summary = 'have the update recorded first';
    await CancellationScope.nonCancellable(() => runs.haveUpdateRecorded.executeWithOptions({ summary }, []));
  } else if (patched('updates-recorded-first')) {
    await CancellationScope.nonCancellable(() => sleep(1));
  }
}
