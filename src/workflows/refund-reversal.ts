import type { PaymentRef } from '../domain/ids.ts';
import type { BlockedPayment } from '../domain/payment.ts';
import type { RefundReversal } from '../domain/refund.ts';
import { steps } from './activities.ts';
import { lookUp } from './refund.ts';

/** Whether the gateway has taken back a refund that it had paid; undefined where the record still holds. */
export async function findReversal(
  ref: PaymentRef,
): Promise<{ payment: BlockedPayment; reversal: RefundReversal } | undefined> {
  const paid = await steps.paidRefund(ref);
  if (!paid) return undefined;
  const { refundReference, payment } = paid;
  const outcome = await lookUp(refundReference);
  if (outcome.kind !== 'declined') return undefined;
  return { payment, reversal: { refundReference, reason: outcome.reason } };
}
