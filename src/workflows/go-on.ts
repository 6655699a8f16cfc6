import { allHandlersFinished, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { BlockedPayment, PaymentResult } from '../domain/payment.ts';
import type { CarriedCase } from '../domain/carried-case.ts';
import type { PaymentCase } from '../domain/payment-case.ts';

/** Whether the run's history is long enough to go on in a new one, and nothing that was said is under way. */
export function isTimeToGoOn(current: PaymentCase): boolean {
  return workflowInfo().continueAsNewSuggested && current.isQuiet && allHandlersFinished();
}

type GoOn = (payment: BlockedPayment, reversal: undefined, carried: CarriedCase) => Promise<PaymentResult>;

/**
 * Goes on in a new run, under the same id, where it is time. What arrives at this very moment is not lost: the server
 * refuses to end a run that has something unread, and what comes later reaches the new one.
 */
export async function goOn(current: PaymentCase): Promise<void> {
  if (!isTimeToGoOn(current)) return;
  await continueAsNew<GoOn>(current.payment, undefined, current.carry());
}
