import { condition, workflowInfo } from '@temporalio/workflow';
import type { PaymentCase } from '../domain/payment-case.ts';
import { steps } from './activities.ts';
import { showAssignment, showDetails } from './payment-visibility.ts';

/** Records the payment's journal, one entry after the other, for as long as the lifecycle runs. */
export async function keepJournal(current: PaymentCase): Promise<never> {
  const { firstExecutionRunId: runId } = workflowInfo();
  for (;;) {
    await condition(() => current.isTakenIn && current.journal.next !== undefined);
    const entry = current.journal.next;
    if (entry === undefined) continue;
    await steps.recordJournalEntry({ ...current.ref, entry, runId });
    current.journal.recorded(entry);
    if (entry.kind === 'assign') showAssignment(current);
    else showDetails(current);
  }
}
