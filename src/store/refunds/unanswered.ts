import { z } from 'zod';
import type { PaymentRef } from '../../domain/ids.ts';
import { formatMoney } from '../../domain/money.ts';
import { THE_GATEWAY } from '../../domain/people.ts';
import type { UnansweredRefund, UnblockDecision } from '../../domain/payment.ts';
import type { RefundOutcome, RefundProgress } from '../../domain/refund.ts';
import { append } from '../books/append.ts';
import { StoreConflict } from '../db/errors.ts';
import type { Queryable } from '../db/postgres.ts';
import { newEvent } from '../notifications/outbox.ts';
import {
  auditSubject,
  moveOn,
  postOf,
  remainingOf,
  requireStatus,
  type StoredPayment,
} from '../payments/payment-record.ts';
import { decisionBehind, eventPayloadOf } from '../payments/payment-events.ts';
import { raiseChargebacks } from './chargebacks.ts';
import { lockRefund, progressOnRecord, refuseSecondUse } from './refund-record.ts';

/** The payment's refund that was given up without the gateway's answer, and the decision that began it. */
export async function unansweredRefundOf(
  db: Queryable,
  { subscriberId, uniqueReference }: PaymentRef,
): Promise<UnansweredRefund | undefined> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select r.refund_reference as reference, u.operator, u.reason, u.decided_by as "decidedBy"
       from refunds r join unblocks u on u.refund_reference = r.refund_reference
      where r.subscriber_id = $1 and r.unique_reference = $2 and r.is_unanswered
      order by r.attempt desc limit 1`,
    [subscriberId, uniqueReference],
  );
  if (rows[0] === undefined) return undefined;
  const { reference, ...decision } = unansweredRow.parse(rows[0]);
  return { reference, decision: { refundAmount: true, ...decision } };
}

const unansweredRow = z.object({
  reference: z.string(),
  operator: z.string(),
  reason: z.string(),
  decidedBy: z.enum(['rules', 'operator', 'deadline']),
});

/**
 * While a refund of the payment may have been paid, its money moves only where two people agree.
 * @throws StoreConflict
 */
export async function requireAnswered(
  db: Queryable,
  payment: StoredPayment,
  { confirmedBy }: UnblockDecision,
): Promise<void> {
  if (confirmedBy !== undefined) return;
  const unanswered = await unansweredRefundOf(db, payment);
  if (unanswered === undefined) return;
  throw new StoreConflict(
    `refund ${unanswered.reference} was given up without an answer of the gateway: if it was paid, ` +
      `${formatMoney(remainingOf(payment))} would go out twice. Two operators have to agree`,
  );
}

/** What the gateway has answered for a refund that was given up: that it has paid it, or that it has not. */
export interface UnansweredSettled {
  readonly refundReference: string;
  readonly outcome: RefundOutcome;
}

/**
 * Takes in the gateway's answer for a refund that was given up without one. One that was paid is the payment's end: its
 * money goes from the blocked balance to the payment option. A repeated call changes nothing.
 * @param payment locked; held
 */
export async function settleUnanswered(
  db: Queryable,
  payment: StoredPayment,
  { refundReference, outcome }: UnansweredSettled,
): Promise<RefundProgress> {
  const stored = await lockRefund(db, refundReference);
  if (!stored.isUnanswered) return progressOnRecord(stored);
  const audit = { ...auditSubject(payment), actor: THE_GATEWAY };
  if (outcome.kind !== 'paid') {
    await db.query('update refunds set is_unanswered = false where refund_reference = $1', [refundReference]);
    const details = { refundReference, reason: 'reason' in outcome ? outcome.reason : outcome.kind };
    await append(db, { audits: [{ ...audit, action: 'refundNotPaid', details }] });
    return progressOnRecord(stored);
  }
  requireStatus(payment, ['held']);
  const { gatewayReference, processed } = outcome;
  await refuseSecondUse(db, stored, gatewayReference);
  await db.query(
    `update refunds set status = 'CAPTURED', status_reason = '', gateway_reference = $2, processed_minor = $3,
       processed_currency = $4, settled_at = now(), settled_by = 'gateway', settled_by_kind = 'part',
       is_unanswered = false where refund_reference = $1`,
    [refundReference, gatewayReference, processed.minor, processed.currency],
  );
  await moveOn(db, payment, 'refunding');
  await moveOn(db, payment, 'refunded');
  const from = { kind: 'blocked', ref: payment.uniqueReference } as const;
  const to = { kind: 'paidOut', ref: payment.paymentOption.token } as const;
  const decision = await decisionBehind(db, payment, refundReference);
  const payload = { ...eventPayloadOf(payment), refundReference, ...decision };
  await append(db, {
    posts: [{ ...postOf(payment, `refund:${refundReference}:foundPaid`), from, to }],
    audits: [{ ...audit, action: 'refundCAPTURED', details: { refundReference, statusReason: '' } }],
    events: [newEvent(payment.subscriberId, 'refundCaptured', refundReference, payload)],
  });
  await raiseChargebacks(db, payment);
  return { status: 'CAPTURED', statusReason: '' };
}
