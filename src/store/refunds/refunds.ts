import { raiseChargebacks } from './chargebacks.ts';
import { type Confirmed, secondOf } from '../../domain/commands.ts';
import type { PaymentRef } from '../../domain/ids.ts';
import { formatMoney } from '../../domain/money.ts';
import { type Actor, recordedActor, THE_GATEWAY } from '../../domain/people.ts';
import { statesBefore, statusAfter, type UnblockDecision } from '../../domain/payment.ts';
import {
  asStatusReason,
  isSettled,
  progressOf,
  type RefundOutcome,
  type RefundProgress,
  type RefundReversal,
  type RefundStatus,
} from '../../domain/refund.ts';
import { append, type LedgerTransaction, type OutboxEvent } from '../books/append.ts';
import { StoreConflict } from '../db/errors.ts';
import { newEvent } from '../notifications/outbox.ts';
import {
  auditOfUnblock,
  auditSubject,
  moveOn,
  postOf,
  remainingOf,
  requireStatus,
  type StoredPayment,
} from '../payments/payment-record.ts';
import { decisionBehind, eventPayloadOf } from '../payments/payment-events.ts';
import type { Queryable } from '../db/postgres.ts';
import {
  isPaidByTheGateway,
  lockRefund,
  progressOnRecord,
  refundByReference,
  refuseSecondUse,
  type StoredRefund,
  toStoredRefund,
} from './refund-record.ts';
import { requireAnswered } from './unanswered.ts';
import { closeTask, openTask } from '../tasks/tasks.ts';

/** A refund that is decided on. */
export interface StartRefund {
  readonly refundReference: string;
  readonly decision: UnblockDecision;
}

/** What has become known of a refund, and who says so: the gateway, or an operator. */
export interface RefundKnowledge extends Confirmed {
  readonly refundReference: string;
  readonly status: RefundStatus;
  readonly outcome: RefundOutcome;
  readonly actor: Actor;
}

/**
 * Stores a refund with its reference and idempotency key, and takes the money out of the blocked balance, before
 * anybody is asked to pay it. A refund that is on record already is left as it is.
 * @param payment locked
 * @param gateway the name of the gateway that will be asked
 * @returns the refund as it is on record
 */
export async function startRefund(
  db: Queryable,
  payment: StoredPayment,
  { refundReference, decision }: StartRefund,
  gateway: string,
): Promise<StoredRefund> {
  const known = await refundByReference(db, refundReference);
  if (known) return known;
  requireStatus(payment, statesBefore('refunding'));
  await requireAnswered(db, payment, decision);
  const { subscriberId, uniqueReference } = payment;
  const amount = remainingOf(payment);
  const { rows } = await db.query(
    `insert into refunds (refund_reference, subscriber_id, unique_reference, attempt, gateway, idempotency_key,
       amount_minor, currency, status)
     select $3, $1, $2, count(*) + 1, $4, $5, $6, $7, 'RECEIVED'
       from refunds where subscriber_id = $1 and unique_reference = $2
     returning *`,
    [
      subscriberId,
      uniqueReference,
      refundReference,
      gateway,
      `refund:${refundReference}`,
      amount.minor,
      amount.currency,
    ],
  );
  const unblock = { ...decision, refundReference };
  await moveOn(db, payment, 'refunding', unblock);
  const from = { kind: 'blocked', ref: uniqueReference } as const;
  const to = { kind: 'refundInTransit', ref: uniqueReference } as const;
  await append(db, {
    posts: [{ ...postOf(payment, `refund:${refundReference}:submitted`), from, to }],
    audits: [auditOfUnblock(payment, unblock)],
  });
  return toStoredRefund(rows[0]);
}

/**
 * Stores what is known of a refund, and moves money and payment along with it. A settled refund never goes back.
 * @param payment locked
 */
export async function recordRefund(
  db: Queryable,
  payment: StoredPayment,
  known: RefundKnowledge,
): Promise<RefundProgress> {
  const { refundReference, status, outcome, actor } = known;
  const { statusReason } = progressOf(outcome);
  const stored = await lockRefund(db, refundReference);
  if (isSettled(stored)) {
    // An attempt that was given up for dead may end after the one that settled it, and know less.
    if (status === stored.status || status === 'PENDING') return progressOnRecord(stored);
    throw new StoreConflict(
      `refund ${refundReference} is ${stored.status} on record and cannot become ${status}`,
    );
  }

  if ('processed' in outcome) await refuseSecondUse(db, stored, outcome.gatewayReference);
  const processed = 'processed' in outcome ? outcome.processed : undefined;
  const settledBy = recordedActor(actor);
  await db.query(
    `update refunds set status = $2, status_reason = $3, gateway_reference = coalesce($4, gateway_reference),
       processed_minor = $5, processed_currency = $6, settled_at = case when $7 then now() end,
       settled_by = case when $7 then $8 end, settled_by_kind = case when $7 then $9 end,
       is_unanswered = $10
     where refund_reference = $1`,
    [
      refundReference,
      status,
      statusReason,
      'gatewayReference' in outcome ? outcome.gatewayReference : null,
      processed?.minor ?? null,
      processed?.currency ?? null,
      isSettled({ status }),
      settledBy.name,
      settledBy.kind,
      outcome.kind === 'declined' && outcome.isUnanswered === true,
    ],
  );
  const changed = status !== stored.status;
  if (changed) await followFailure(db, stored, { status, statusReason }, actor);
  const details = { refundReference, statusReason, ...secondOf(known) };
  await append(db, {
    posts: postsOf(payment, known),
    audits: changed ? [{ ...auditSubject(payment), action: `refund${status}`, actor, details }] : [],
    events: await eventsOf(db, payment, known, statusReason, changed),
  });
  await moveOn(db, payment, statusAfter(status));
  // The refund may have crossed a chargeback.
  if (changed && status === 'CAPTURED') await raiseChargebacks(db, payment);
  return { ...progressOf(outcome), status };
}

/** Where the refund has ended, the money leaves the transit: it is paid out, or back in the blocked balance. */
function postsOf(payment: StoredPayment, { refundReference, status }: RefundKnowledge): LedgerTransaction[] {
  const { uniqueReference, paymentOption } = payment;
  const from = { kind: 'refundInTransit', ref: uniqueReference } as const;
  switch (status) {
    case 'CAPTURED': {
      const to = { kind: 'paidOut', ref: paymentOption.token } as const;
      return [{ ...postOf(payment, `refund:${refundReference}:captured`), from, to }];
    }
    case 'DECLINED': {
      const to = { kind: 'blocked', ref: uniqueReference } as const;
      return [{ ...postOf(payment, `refund:${refundReference}:declined`), from, to }];
    }
    case 'FAILED':
    case 'RECEIVED':
    case 'PENDING':
      return [];
  }
}

async function eventsOf(
  db: Queryable,
  payment: StoredPayment,
  { refundReference, status, outcome }: RefundKnowledge,
  refundStatusReason: string,
  changed: boolean,
): Promise<OutboxEvent[]> {
  const { subscriberId } = payment;
  const payload = { ...eventPayloadOf(payment), refundReference };
  switch (status) {
    case 'CAPTURED': {
      const decision = await decisionBehind(db, payment, refundReference);
      return [newEvent(subscriberId, 'refundCaptured', refundReference, { ...payload, ...decision })];
    }
    case 'DECLINED':
      return [newEvent(subscriberId, 'refundDeclined', refundReference, { ...payload, refundStatusReason })];
    case 'FAILED': {
      if (!changed) return [];
      const occasion = `${refundReference} ${(await timesFailed(db, payment, refundReference)) + 1}`;
      const contested = outcome.kind === 'contested' ? ({ contested: true } as const) : {};
      const failed = { ...payload, refundStatusReason, ...contested };
      return [newEvent(subscriberId, 'refundFailed', occasion, failed)];
    }
    case 'RECEIVED':
    case 'PENDING':
      return [];
  }
}

/** A refund is a person's task for as long as it is FAILED. */
async function followFailure(
  db: Queryable,
  stored: StoredRefund,
  { status, statusReason }: RefundProgress,
  actor: Actor,
): Promise<void> {
  const { subscriberId, uniqueReference, refundReference, amount } = stored;
  const name = { subscriberId, kind: 'refundFailed', subject: `refund:${refundReference}` } as const;
  if (stored.status === 'FAILED') await closeTask(db, name, actor, `the refund is ${status} now`);
  if (status !== 'FAILED') return;
  const refund = `Refund ${refundReference} of payment ${uniqueReference} over ${formatMoney(amount)}`;
  const summary = `${refund} has no known outcome: ${statusReason}`;
  await openTask(db, { ...name, summary, details: { uniqueReference, refundReference, statusReason } });
}

/**
 * Takes in that the gateway has taken back a refund that it had paid: it is declined, its money blocked again, and the
 * payment held. A repeated call changes nothing. What a person found out stands, whatever the gateway says.
 * @param payment locked
 * @returns why, as it is on record; undefined where it did not come to that
 */
export async function reverseRefund(
  db: Queryable,
  payment: StoredPayment,
  { refundReference, reason }: RefundReversal,
): Promise<string | undefined> {
  const stored = await lockRefund(db, refundReference);
  const statusReason = asStatusReason(`reversed by the gateway: ${reason}`);
  if (isPaidByTheGateway(stored)) {
    requireStatus(payment, ['refunded']);
    await db.query(
      `update refunds set status = 'DECLINED', status_reason = $2, processed_minor = null, processed_currency = null,
         reversed_at = now() where refund_reference = $1`,
      [refundReference, statusReason],
    );
    await moveOn(db, payment, 'held');
    const from = { kind: 'paidOut', ref: payment.paymentOption.token } as const;
    const to = { kind: 'blocked', ref: payment.uniqueReference } as const;
    const { gatewayReference, processed } = stored;
    const details = { refundReference, statusReason, gatewayReference, processed };
    const payload = { ...eventPayloadOf(payment), refundReference, refundStatusReason: statusReason };
    await append(db, {
      posts: [{ ...postOf(payment, `refund:${refundReference}:reversed`), from, to }],
      audits: [{ ...auditSubject(payment), action: 'refundREVERSED', actor: THE_GATEWAY, details }],
      events: [newEvent(payment.subscriberId, 'refundReversed', refundReference, payload)],
    });
  } else if (stored.reversedAt === null || payment.status !== 'held') {
    return undefined;
  }
  return statusReason;
}

/** How often the refund has needed a person so far. */
async function timesFailed(db: Queryable, ref: PaymentRef, refundReference: string): Promise<number> {
  const { subscriberId, subject } = auditSubject(ref);
  const { rows } = await db.query<{ times: number }>(
    `select count(*) as times from audit where subscriber_id = $1 and subject = $2 and action = 'refundFAILED'
        and details->>'refundReference' = $3`,
    [subscriberId, subject, refundReference],
  );
  return rows[0]?.times ?? 0;
}
