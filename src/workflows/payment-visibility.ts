import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { PaymentCase } from '../domain/payment-case.ts';
import { describePayment } from '../domain/payment-details.ts';
import { searchAttributes } from '../messages/search-attributes.ts';

/** Puts the payment as it stands into the run's current details in the Temporal UI. */
export function showDetails(current: PaymentCase): void {
  setCurrentDetails(describePayment(current.view()));
}

/** Shows a change of status: in the details, and in the attributes that runs are found by. */
export function showStatus(current: PaymentCase, { needsAttention = false } = {}): void {
  current.see(Date.now());
  showDetails(current);
  upsertSearchAttributes([
    { key: searchAttributes.paymentStatus, value: current.status },
    { key: searchAttributes.disposition, value: current.disposition ?? null },
    {
      key: searchAttributes.reviewDueAt,
      value: current.reviewDueAt === undefined ? null : new Date(current.reviewDueAt),
    },
    { key: searchAttributes.refundStatus, value: current.refund?.status ?? null },
    { key: searchAttributes.needsAttention, value: needsAttention },
  ]);
}

/** Shows who looks after the payment. */
export function showAssignment(current: PaymentCase): void {
  showDetails(current);
  upsertSearchAttributes([{ key: searchAttributes.assignedTo, value: current.assignedTo ?? null }]);
}
