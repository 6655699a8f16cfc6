import { sleep } from '@temporalio/workflow';
import { paymentLifecycle as unchanged } from '../../src/workflows/payment-lifecycle.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';

/** The lifecycle with a wait in front that the recorded ones did not have. */
export async function paymentLifecycle(payment: BlockedPayment): Promise<unknown> {
  await sleep('1s');
  return unchanged(payment);
}
