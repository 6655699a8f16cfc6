import { condition, workflowInfo } from '@temporalio/workflow';
import type { PaymentCase } from '../domain/payment-case.ts';
import { steps } from './activities.ts';
import { reportGivenUp, whyGivenUp } from './given-up.ts';
import { showAssignment, showDetails } from './payment-visibility.ts';

/** Records the payment's journal, one entry after the other, for as long as the lifecycle runs. */
export async function keepJournal(current: PaymentCase): Promise<never> {
  const { firstExecutionRunId: runId } = workflowInfo();
  for (;;) {
    await condition(() => current.isTakenIn && current.journal.next !== undefined);
    const entry = current.journal.next;
    if (entry === undefined) continue;
    try {
      await steps.recordJournalEntry({ ...current.ref, entry, runId });
    } catch (error) {
      const reason = whyGivenUp(error);
      current.givenUp.journal = { reason };
      await reportGivenUp(current, `record the ${entry.kind} of ${entry.operator}`, reason);
    }
    current.journal.recorded(entry);
    if (entry.kind === 'assign') showAssignment(current);
    else showDetails(current);
  }
}
