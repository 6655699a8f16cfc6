import { z } from 'zod';
import type { PaymentRef } from '../../domain/ids.ts';
import type { Money } from '../../domain/money.ts';
import type { UnblockDecision } from '../../domain/payment.ts';
import type { Queryable } from '../db/postgres.ts';
import { remainingOf, type StoredPayment } from './payment-record.ts';

/** What notifications hold of a payment: nothing personal beyond account numbers and the last four. */
export function eventPayloadOf(payment: StoredPayment): {
  uniqueReference: string;
  amount: Money;
  ccLastFour?: string;
  runId?: string;
  invoiceGUID: string;
  merchantAccno: string;
  customerAccno: string;
  reasons: readonly string[];
} {
  const { uniqueReference, reasons, paymentOption, invoiceGUID, merchantAccno, customerAccno, runId } =
    payment;
  return {
    uniqueReference,
    amount: remainingOf(payment),
    invoiceGUID,
    merchantAccno,
    customerAccno,
    reasons,
    ...(runId === undefined ? {} : { runId }),
    ...(paymentOption.ccLastFour === undefined ? {} : { ccLastFour: paymentOption.ccLastFour }),
  };
}

/** Who decided, and why, as notifications have it: a person is named, of another decider only which it was. */
export function decisionPayloadOf({
  decidedBy,
  operator,
  confirmedBy,
  reason,
}: Pick<UnblockDecision, 'decidedBy' | 'operator' | 'reason' | 'confirmedBy'>) {
  if (decidedBy !== 'operator') return { decidedBy };
  return {
    decidedBy,
    operator,
    ...(confirmedBy === undefined ? {} : { confirmedBy }),
    ...(reason === '' ? {} : { reason }),
  };
}

const unblockRow = z.object({
  decided_by: z.enum(['rules', 'operator', 'deadline']),
  operator: z.string(),
  confirmed_by: z.string().nullable(),
  reason: z.string(),
});

/** The same of the decision that a refund was begun by. */
export async function decisionBehind(
  db: Queryable,
  { subscriberId, uniqueReference }: PaymentRef,
  refundReference: string,
) {
  const { rows } = await db.query(
    `select decided_by, operator, confirmed_by, reason from unblocks
      where subscriber_id = $1 and unique_reference = $2 and refund_reference = $3`,
    [subscriberId, uniqueReference, refundReference],
  );
  const row = unblockRow.optional().parse(rows[0]);
  if (!row) return { decidedBy: 'operator' as const };
  const { decided_by: decidedBy, operator, reason, confirmed_by: confirmedBy } = row;
  return decisionPayloadOf({ decidedBy, operator, reason, ...(confirmedBy === null ? {} : { confirmedBy }) });
}
