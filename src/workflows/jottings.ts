import { condition, workflowInfo } from '@temporalio/workflow';
import type { PaymentCase } from '../domain/payment-case.ts';
import { showAssignment, showDetails } from './payment-visibility.ts';
import { store } from './retry-policies.ts';

/** Puts on record what operators jot down, one after the other; it goes on for as long as the lifecycle does. */
export async function jotDown(current: PaymentCase): Promise<never> {
  const { firstExecutionRunId: runId } = workflowInfo();
  for (;;) {
    await condition(() => current.jotting !== undefined);
    const { jotting } = current;
    if (jotting === undefined) continue;
    await store.jotDown({ ...current.ref, jotting, runId });
    current.jottedDown(jotting);
    if (jotting.kind === 'assign') showAssignment(current);
    else showDetails(current);
  }
}
