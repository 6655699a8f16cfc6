import { z } from 'zod';
import type { CustomerBlockView } from '../../domain/customer-block.ts';
import type { PaymentRef } from '../../domain/ids.ts';
import type { Money } from '../../domain/money.ts';
import { type PaymentStatus, paymentStatuses } from '../../domain/payment.ts';
import { type TrailEntry, trailOf } from '../books/trail.ts';
import { type LedgerLine, ledgerOf } from '../books/ledger.ts';
import { customerBlockView } from '../customers/customer-blocks.ts';
import type { Queryable } from '../db/postgres.ts';
import { decisionOfPayment, type StoredDecision } from '../decisions/decisions.ts';
import { auditSubject, paymentByReference, type StoredPayment } from '../payments/payment-record.ts';
import { chargebacksOf, type StoredChargeback } from '../refunds/chargebacks.ts';
import { refundOfPayment, type StoredRefund } from '../refunds/refund-record.ts';

/** Everything on record that a decision about a payment needs. */
export interface CaseFile {
  readonly payment: StoredPayment;
  /** Undefined where the payment names no customer. */
  readonly customer?: CustomerBlockView;
  readonly decision?: StoredDecision;
  readonly refund?: StoredRefund;
  readonly chargebacks: readonly StoredChargeback[];
  readonly ledger: readonly LedgerLine[];
  /** Of the same customer, the newest first. */
  readonly others: readonly OtherPayment[];
  readonly trail: readonly TrailEntry[];
}

/** Another payment of the same customer. */
export interface OtherPayment {
  readonly uniqueReference: string;
  readonly amount: Money;
  readonly status: PaymentStatus;
  readonly blockedAt: Date;
}

const MOST_OTHERS = 10;

/** The case of a payment; undefined where its subscriber has none of that name. */
export async function caseFileOf(db: Queryable, ref: PaymentRef): Promise<CaseFile | undefined> {
  const payment = await paymentByReference(db, ref);
  if (!payment) return undefined;
  const { subscriberId, customerUuid } = payment;
  const [customer, decision, refund, chargebacks, ledger, others, trail] = await Promise.all([
    customerUuid === undefined ? undefined : customerBlockView(db, { subscriberId, customerUuid }),
    decisionOfPayment(db, ref),
    refundOfPayment(db, ref),
    chargebacksOf(db, ref),
    ledgerOf(db, ref),
    customerUuid === undefined ? [] : otherPayments(db, ref, customerUuid),
    trailOf(db, auditSubject(ref)),
  ]);
  return {
    payment,
    ...(customer && { customer }),
    ...(decision && { decision }),
    ...(refund && { refund }),
    chargebacks,
    ledger,
    others,
    trail,
  };
}

const otherRow = z.object({
  unique_reference: z.string(),
  amount_minor: z.number(),
  currency: z.string(),
  status: z.enum(paymentStatuses),
  blocked_at: z.date(),
});

async function otherPayments(db: Queryable, ref: PaymentRef, customerUuid: string): Promise<OtherPayment[]> {
  const { rows } = await db.query(
    `select unique_reference, amount_minor, currency, status, blocked_at from payments
      where subscriber_id = $1 and customer_uuid = $2 and unique_reference <> $3
      order by blocked_at desc limit ${MOST_OTHERS}`,
    [ref.subscriberId, customerUuid, ref.uniqueReference],
  );
  return rows.map((row) => {
    const other = otherRow.parse(row);
    return {
      uniqueReference: other.unique_reference,
      amount: { minor: other.amount_minor, currency: other.currency },
      status: other.status,
      blockedAt: other.blocked_at,
    };
  });
}
