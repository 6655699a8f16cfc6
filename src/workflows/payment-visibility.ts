import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { PaymentCase } from '../domain/payment-case.ts';
import { stateOf, viewOf } from '../domain/payment-view.ts';
import { describePayment } from '../temporal/payment-details.ts';
import { searchAttributes } from '../temporal/search-attributes.ts';

const toBeShown = new Set<PaymentCase>();

/**
 * Shows the payment in the run's current details in the Temporal UI: once everything that arrived together is handled.
 * Thousands of messages in one workflow task, each shown by itself, would take longer than a task may.
 */
export function showDetails(current: PaymentCase): void {
  if (toBeShown.has(current)) return;
  toBeShown.add(current);
  void showSoon(current);
}

async function showSoon(current: PaymentCase): Promise<void> {
  await Promise.resolve();
  toBeShown.delete(current);
  setCurrentDetails(describePayment(viewOf(current)));
}

/** Shows a change of status: in the details, and in the attributes that runs are found by. */
export function showStatus(current: PaymentCase, { needsAttention = false } = {}): void {
  showDetails(current);
  const { status, disposition, reviewDueAt, refundStatus } = stateOf(current);
  upsertChanged([
    { key: searchAttributes.paymentStatus, value: status },
    { key: searchAttributes.disposition, value: disposition ?? null },
    {
      key: searchAttributes.reviewDueAt,
      value: reviewDueAt === undefined ? null : new Date(reviewDueAt),
    },
    { key: searchAttributes.refundStatus, value: refundStatus ?? null },
    { key: searchAttributes.needsAttention, value: needsAttention || null },
  ]);
}

/** Shows who the payment is assigned to. */
export function showAssignment(current: PaymentCase): void {
  showDetails(current);
  upsertChanged([{ key: searchAttributes.assignedTo, value: stateOf(current).assignedTo ?? null }]);
}

/** Every upsert is an event and a billed action: what stays the same is not sent, and no change sends none. */
function upsertChanged(pairs: readonly SearchAttributeUpdatePair[]): void {
  const { typedSearchAttributes: shown } = workflowInfo();
  const changed = pairs.filter(({ key, value }) => valueOf(shown.get(key)) !== valueOf(value));
  if (changed.length > 0) upsertSearchAttributes(changed);
}

function valueOf(value: unknown): unknown {
  return value instanceof Date ? value.getTime() : (value ?? undefined);
}
