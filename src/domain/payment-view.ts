import { hasEnded, type PaymentResult, type PaymentState, type PaymentView } from './payment.ts';
import type { PaymentCase } from './payment-case.ts';

/** Where the payment stands: what a decision's Update answers. */
export function stateOf(current: PaymentCase): PaymentState {
  const { payment, disposition, assignedTo, deadlineAction } = current;
  const { subscriberId, uniqueReference, partnerReference, amount } = payment;
  return {
    subscriberId,
    uniqueReference,
    partnerReference,
    amount,
    status: current.status,
    reasons: current.reviewReasons,
    ...(current.sendersAreProven ? { sendersAreProven: true } : {}),
    ...(disposition ? { disposition } : {}),
    ...(deadlineAction ? { deadlineAction } : {}),
    ...current.review.view(),
    ...(assignedTo === undefined ? {} : { assignedTo }),
    ...current.decisions.view(),
    ...current.refund.view(),
  };
}

/** The same with messages and timeline: what the query answers. */
export function viewOf(current: PaymentCase): PaymentView {
  const { messages, timeline } = current.log;
  return { ...stateOf(current), messages, timeline };
}

/** How the lifecycle ended. @throws Error while it has not */
export function resultOf({ status, decision, refund }: PaymentCase): PaymentResult {
  if (!hasEnded(status) || !decision) throw new Error(`the payment is ${status} and has not ended`);
  const { reference } = refund;
  return {
    status,
    decidedBy: decision.decidedBy,
    ...(reference === undefined ? {} : { refundReference: reference }),
  };
}
