import { comparableName } from '../../domain/people.ts';
import { z } from 'zod';
import { dispositions, type Disposition } from '../../domain/decision.ts';
import { secondOf, signerOf } from '../../domain/commands.ts';
import type { PaymentRef } from '../../domain/ids.ts';
import { type Money, without } from '../../domain/money.ts';
import {
  type BlockedPayment,
  type DecidedBy,
  type PaymentStatus,
  paymentStatuses,
  type UnblockDecision,
} from '../../domain/payment.ts';
import type { AuditEntry } from '../books/append.ts';
import { StoreConflict } from '../db/errors.ts';
import type { Queryable } from '../db/postgres.ts';

/** A payment as it is on record. */
export interface StoredPayment extends BlockedPayment {
  readonly status: PaymentStatus;
  readonly disposition: Disposition | null;
  readonly reasons: readonly string[];
  /** Null while the review is paused. */
  readonly reviewDueAt: Date | null;
  readonly pausedAt: Date | null;
  readonly escalatedTo: string | null;
  readonly decidedBy: DecidedBy | null;
  readonly blockedAt: Date;
  /** When the review that is on, or was last, began. */
  readonly heldAt: Date | null;
  readonly endedAt: Date | null;
  /** What of it has gone back another way, in minor units. */
  readonly elsewhereMinor: number;
  /** The run that works on it now, for who wants to look at it; of a payment that is only read, none. */
  readonly runId?: string;
}

/** What can still be refunded or released. */
export function remainingOf({ amount, elsewhereMinor }: StoredPayment): Money {
  return without(amount, elsewhereMinor);
}

/** The payment on record, or undefined: the same for one that is not there and one of another subscriber. */
export async function paymentByReference(db: Queryable, ref: PaymentRef): Promise<StoredPayment | undefined> {
  return readPayment(db, ref, '');
}

/** The payment as it was once taken in, without what became of it; undefined as above. */
export async function blockedPayment(db: Queryable, ref: PaymentRef): Promise<BlockedPayment | undefined> {
  const row = await readRow(db, ref, '');
  return row && toBlockedPayment(row);
}

/** A row of `payments`, as a statement returned it. */
export function readStoredPayment(row: unknown): StoredPayment {
  return toStoredPayment(rowSchema.parse(row));
}

/** The payment, locked until the transaction ends. */
export async function lockPayment(db: Queryable, ref: PaymentRef): Promise<StoredPayment> {
  const payment = await readPayment(db, ref, 'for update');
  if (!payment) throw new StoreConflict(`there is no payment ${ref.uniqueReference} on record`);
  return payment;
}

/** Refuses a step that the payment's status does not allow. */
export function requireStatus(payment: StoredPayment, expected: readonly PaymentStatus[]): void {
  if (expected.includes(payment.status)) return;
  throw new StoreConflict(
    `payment ${payment.uniqueReference} is ${payment.status} on record, not ${expected.join(' or ')}`,
  );
}

/**
 * Moves the payment on, with what the rules have made of it; the database refuses a move that is not in the lifecycle.
 * @param unblock who let the money go, and why, where it was decided
 */
export async function moveOn(
  db: Queryable,
  { subscriberId, uniqueReference, disposition, reasons }: StoredPayment,
  status: PaymentStatus,
  unblock?: Unblock,
): Promise<void> {
  const { decidedBy, operator, reason, partnerReference, confirmedBy, refundReference } = unblock ?? {};
  await db.query({
    ...MOVE_ON,
    values: [
      subscriberId,
      uniqueReference,
      status,
      disposition,
      reasons,
      decidedBy,
      partnerReference,
      operator,
      reason,
      refundReference,
      confirmedBy,
      operator === undefined ? undefined : comparableName(operator),
      confirmedBy === undefined ? undefined : comparableName(confirmedBy),
    ],
  });
}

/** A decision, and the refund that it has begun; null where it releases the money. */
export interface Unblock extends UnblockDecision {
  readonly refundReference: string | null;
}

/** By its name a connection knows the statement again, and parses and plans it once. */
const MOVE_ON = {
  name: 'move-on',
  text: `
    with unblock as (
      insert into unblocks (subscriber_id, unique_reference, sequence, partner_reference, decided_by, operator, reason,
                            refund_reference, confirmed_by, operator_key, confirmed_by_key)
      select $1, $2, count(*) + 1, $7, $6, $8, $9, $10, $11, $12, $13 from unblocks
       where subscriber_id = $1 and unique_reference = $2 having $6::text is not null)
    update payments set status = $3, disposition = $4, reasons = $5, decided_by = coalesce($6, decided_by),
           updated_at = now(),
           review_due_at = case when $3 = 'held' then review_due_at end,
           paused_at = case when $3 = 'held' then paused_at end,
           ended_at = case when $3 in ('released', 'refunded') then now() end
     where subscriber_id = $1 and unique_reference = $2`,
};

/** Who let the money go, for the audit. */
export function auditOfUnblock(ref: PaymentRef, unblock: Unblock): AuditEntry {
  const { decidedBy, reason, refundAmount, refundReference } = unblock;
  return {
    ...auditSubject(ref),
    action: refundAmount ? 'unblockAndRefund' : 'unblockAndRelease',
    actor: decidedBy === 'operator' ? signerOf(unblock) : { part: decidedBy },
    details: {
      decidedBy,
      reason,
      refundReference,
      ...secondOf(unblock),
    },
  };
}

/** The payment as the audit's subject. */
export function auditSubject({ subscriberId, uniqueReference }: PaymentRef) {
  return { subscriberId, subject: `payment:${uniqueReference}` };
}

/** A posting of what is left of the payment, but for its accounts. */
export function postOf(payment: StoredPayment, entry: string) {
  const { subscriberId, uniqueReference } = payment;
  return { subscriberId, uniqueReference, entry, money: remainingOf(payment) };
}

const rowSchema = z.object({
  subscriber_id: z.string(),
  unique_reference: z.string(),
  partner_reference: z.string(),
  status: z.enum(paymentStatuses),
  amount_minor: z.number(),
  currency: z.string(),
  customer_accno: z.string(),
  merchant_accno: z.string(),
  customer_uuid: z.string().nullable(),
  invoice_guid: z.string(),
  option_token: z.string(),
  cc_type: z.string().nullable(),
  cc_last_four: z.string().nullable(),
  card_holder: z.string().nullable(),
  ip_address: z.string().nullable(),
  customer_first_name: z.string().nullable(),
  customer_last_name: z.string().nullable(),
  cardholder_first_name: z.string().nullable(),
  cardholder_last_name: z.string().nullable(),
  online_payment: z.boolean(),
  three_ds: z.boolean(),
  local_date: z.string(),
  local_time: z.string(),
  disposition: z.enum(dispositions).nullable(),
  reasons: z.array(z.string()),
  review_due_at: z.date().nullable(),
  paused_at: z.date().nullable(),
  escalated_to: z.string().nullable(),
  decided_by: z.enum(['rules', 'operator', 'deadline']).nullable(),
  blocked_at: z.date(),
  held_at: z.date().nullable(),
  ended_at: z.date().nullable(),
  elsewhere_minor: z.number(),
});

type Row = z.infer<typeof rowSchema>;

async function readRow(
  db: Queryable,
  { subscriberId, uniqueReference }: PaymentRef,
  lock: '' | 'for update',
): Promise<Row | undefined> {
  const { rows } = await db.query(
    `select * from payments where subscriber_id = $1 and unique_reference = $2 ${lock}`,
    [subscriberId, uniqueReference],
  );
  return rows[0] === undefined ? undefined : rowSchema.parse(rows[0]);
}

async function readPayment(
  db: Queryable,
  ref: PaymentRef,
  lock: '' | 'for update',
): Promise<StoredPayment | undefined> {
  const row = await readRow(db, ref, lock);
  return row && toStoredPayment(row);
}

function toStoredPayment(row: Row): StoredPayment {
  return {
    ...toBlockedPayment(row),
    status: row.status,
    disposition: row.disposition,
    reasons: row.reasons,
    reviewDueAt: row.review_due_at,
    pausedAt: row.paused_at,
    escalatedTo: row.escalated_to,
    decidedBy: row.decided_by,
    blockedAt: row.blocked_at,
    heldAt: row.held_at,
    endedAt: row.ended_at,
    elsewhereMinor: row.elsewhere_minor,
  };
}

function toBlockedPayment(row: Row): BlockedPayment {
  return {
    subscriberId: row.subscriber_id,
    uniqueReference: row.unique_reference,
    partnerReference: row.partner_reference,
    amount: { minor: row.amount_minor, currency: row.currency },
    customerAccno: row.customer_accno,
    merchantAccno: row.merchant_accno,
    invoiceGUID: row.invoice_guid,
    paymentOption: {
      token: row.option_token,
      ...(row.cc_type === null ? {} : { ccType: row.cc_type }),
      ...(row.cc_last_four === null ? {} : { ccLastFour: row.cc_last_four }),
      ...(row.card_holder === null ? {} : { cardHolder: row.card_holder }),
    },
    ...(row.customer_uuid === null ? {} : { customerUuid: row.customer_uuid }),
    ...(row.ip_address === null ? {} : { ipAddress: row.ip_address }),
    ...(row.customer_first_name === null ? {} : { customerFirstName: row.customer_first_name }),
    ...(row.customer_last_name === null ? {} : { customerLastName: row.customer_last_name }),
    ...(row.cardholder_first_name === null ? {} : { cardholderFirstName: row.cardholder_first_name }),
    ...(row.cardholder_last_name === null ? {} : { cardholderLastName: row.cardholder_last_name }),
    onlinePayment: row.online_payment,
    threeDSAuthentication: row.three_ds,
    localDate: row.local_date,
    localTime: row.local_time,
  };
}
