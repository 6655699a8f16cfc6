import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { setHandler, startChild } from '@temporalio/workflow';
import { paymentWorkflowId, type PaymentRef } from '../domain/ids.ts';
import type { BlockedPayment } from '../domain/payment.ts';
import { summarisePayment } from '../temporal/payment-details.ts';
import type { RefundReversal } from '../domain/refund.ts';
import { PAYMENT_LIFECYCLE, refundChangedSignal } from '../temporal/contract.ts';
import { attributesOf } from '../temporal/search-attributes.ts';
import { openTask, whyGivenUp } from './given-up.ts';
import { findReversal } from './refund.ts';

/**
 * Looks whether the gateway has taken back the refund of a payment whose lifecycle has ended, and starts that again if
 * so. Its first step is what reopens the payment on record: no run without the change, no change without a run.
 */
export async function refundCheck(ref: PaymentRef): Promise<'reopened' | 'unchanged'> {
  let hinted = false;
  const description = 'Looks the refund up once more';
  setHandler(refundChangedSignal, () => void (hinted = true), { description });

  do {
    hinted = false;
    const found = await findReversal(ref).catch(async (error: unknown) => {
      const subject = `payment:${ref.uniqueReference}`;
      await openTask(
        ref.subscriberId,
        subject,
        'look for a reversal of the refund',
        whyGivenUp(error),
        'refunded',
      );
      throw error;
    });
    if (found) {
      await startAgain(found.payment, found.reversal);
      return 'reopened';
    }
  } while (hinted);
  return 'unchanged';
}

async function startAgain(payment: BlockedPayment, reversal: RefundReversal): Promise<void> {
  try {
    await startChild(PAYMENT_LIFECYCLE, {
      workflowId: paymentWorkflowId(payment),
      args: [payment, reversal],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      parentClosePolicy: 'ABANDON',
      typedSearchAttributes: attributesOf(payment),
      staticSummary: summarisePayment(payment),
    });
  } catch (error) {
    // Another check was faster: the payment has its run.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
