import type { CustomerBlockView } from '../../domain/customer-block.ts';
import type { PaymentRef } from '../../domain/ids.ts';
import type { ListAnswer } from '../../domain/list-entry.ts';
import { type CardFingerprint, listKeys } from '../../rules/list-value.ts';
import { subjectOfPayment } from '../../rules/subject.ts';
import { type LedgerLine, ledgerOf } from '../books/ledger.ts';
import { type TrailEntry, trailOf } from '../books/trail.ts';
import { customerBlockView, customerSubject } from '../customers/customer-blocks.ts';
import { paymentsOfCustomer, type PaymentOfCustomer } from '../customers/customer-file.ts';
import type { Queryable } from '../db/postgres.ts';
import { decisionOfPayment, type StoredDecision } from '../decisions/decisions.ts';
import { lookUp } from '../lists/lists.ts';
import { type Notification, notificationsOfPayment } from '../notifications/notification-log.ts';
import { auditSubject, paymentByReference, type StoredPayment } from '../payments/payment-record.ts';
import { chargebacksOf, type StoredChargeback } from '../refunds/chargebacks.ts';
import { refundsOfPayment, type StoredRefund } from '../refunds/refund-record.ts';

/** Everything on record that a decision about a payment needs. */
export interface CaseFile {
  readonly payment: StoredPayment;
  readonly decision?: StoredDecision;
  /** Undefined where the payment names no customer. */
  readonly customer?: {
    readonly block: CustomerBlockView;
    /** The other payments, the newest first. */
    readonly others: readonly PaymentOfCustomer[];
    /** Blocks and unblocks of the customer, oldest first. */
    readonly trail: readonly TrailEntry[];
  };
  /** What the lists say now. */
  readonly listed: ListAnswer;
  /** Every attempt, the first one first. */
  readonly refunds: readonly StoredRefund[];
  readonly chargebacks: readonly StoredChargeback[];
  readonly notifications: readonly Notification[];
  readonly ledger: readonly LedgerLine[];
  readonly trail: readonly TrailEntry[];
}

const MOST_OTHERS = 10;

/** The case of a payment; undefined where its subscriber has none of that name. */
export async function caseFileOf(
  db: Queryable,
  ref: PaymentRef,
  fingerprint: CardFingerprint,
): Promise<CaseFile | undefined> {
  const payment = await paymentByReference(db, ref);
  if (!payment) return undefined;
  const subject = subjectOfPayment(payment, fingerprint(payment.paymentOption.token));
  const [decision, customer, listed, refunds, chargebacks, notifications, ledger, trail] = await Promise.all([
    decisionOfPayment(db, ref),
    customerOf(db, payment),
    lookUp(db, ref.subscriberId, listKeys(subject)),
    refundsOfPayment(db, ref),
    chargebacksOf(db, ref),
    notificationsOfPayment(db, ref),
    ledgerOf(db, ref),
    trailOf(db, auditSubject(ref)),
  ]);
  return {
    payment,
    ...(decision && { decision }),
    ...(customer && { customer }),
    listed,
    refunds,
    chargebacks,
    notifications,
    ledger,
    trail,
  };
}

async function customerOf(
  db: Queryable,
  { subscriberId, customerUuid, uniqueReference }: StoredPayment,
): Promise<CaseFile['customer']> {
  if (customerUuid === undefined) return undefined;
  const customer = { subscriberId, customerUuid };
  const [block, payments, trail] = await Promise.all([
    customerBlockView(db, customer),
    paymentsOfCustomer(db, customer, MOST_OTHERS + 1),
    trailOf(db, customerSubject(customer)),
  ]);
  const others = payments.filter((payment) => payment.uniqueReference !== uniqueReference);
  return { block, others: others.slice(0, MOST_OTHERS), trail };
}
