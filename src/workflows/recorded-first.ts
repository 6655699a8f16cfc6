import { CancellationScope, patched } from '@temporalio/workflow';
import { recording } from './retry-policies.ts';

/**
 * Has Updates in the history before anything is done about them. Until then an Update is in the server's memory only:
 * the server's end would lose it, and leave behind what a local activity has stored for it.
 */
export class RecordedFirst {
  private last: Promise<unknown> = Promise.resolve();

  /** Resolves in the order of the calls: an Update that is recorded late, after a crash, is not overtaken by a later one. */
  async next(): Promise<void> {
    const mine = Promise.all([this.last, recorded()]);
    this.last = mine;
    await mine;
  }
}

/** Ends the workflow task by an activity that does nothing: the shortest timer takes Temporal about a second. */
async function recorded(): Promise<void> {
  if (!patched('updates-recorded-first')) return;
  await CancellationScope.nonCancellable(() => recording.haveUpdateRecorded());
}
