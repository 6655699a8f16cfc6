import { createHash } from 'node:crypto';
import type { PaymentRef } from '../domain/ids.ts';
import type { ExtendReviewCommand, Signed, UnblockCommand } from '../domain/operator-commands.ts';
import type { Jotting } from '../domain/payment-case.ts';
import type { SettingsVersion } from '../domain/review.ts';
import { audit } from './audit.ts';
import { publish } from './outbox.ts';
import { unblockIsClaimed } from './partner-requests.ts';
import { about, factsOf, lockPayment, requireStatus, type StoredPayment } from './payment-record.ts';
import type { Queryable } from './postgres.ts';

/**
 * Puts the payment into review until `reviewDueAt` (ISO 8601, UTC). Returns the event to deliver.
 * @param settings where the times come from; without them they are the worker's own
 */
export async function holdPayment(
  db: Queryable,
  ref: PaymentRef,
  reviewDueAt: string,
  reasons: readonly string[],
  settings?: SettingsVersion,
): Promise<string> {
  const payment = await lockPayment(db, ref);
  // A declined refund has brought it back already: then only the review is new.
  requireStatus(payment, ['blocked', 'held']);
  if (payment.reviewDueAt?.toISOString() !== reviewDueAt) {
    await db.query(
      `update payments set status = 'held', disposition = 'HOLD', reasons = $4, review_due_at = $3, held_at = now(),
         escalated_to = null, paused_at = null, updated_at = now()
       where subscriber_id = $1 and unique_reference = $2`,
      [ref.subscriberId, ref.uniqueReference, reviewDueAt, reasons],
    );
    const details = { reviewDueAt, reasons, ...(settings ? { settings } : {}) };
    await audit(db, { ...about(ref), action: 'hold', actor: 'lifecycle', details });
  }
  const facts = { ...factsOf(payment), reasons, reviewDueAt };
  return publish(db, ref.subscriberId, 'paymentHeld', `${ref.uniqueReference} ${reviewDueAt}`, facts);
}

/** Moves the end of the review. */
export async function extendReviewOf(
  db: Queryable,
  ref: PaymentRef,
  { until, operator, reason }: ExtendReviewCommand,
): Promise<void> {
  const payment = await lockPayment(db, ref);
  requireStatus(payment, ['held']);
  if (payment.reviewDueAt?.toISOString() === until) return;
  await setReviewTime(db, ref, until, false);
  const details = { until, operator, reason };
  await audit(db, { ...about(ref), action: 'extendReview', actor: operator, details });
}

/** Stops the review's clock: it is due at no time until it is resumed. */
export async function pauseReviewOf(
  db: Queryable,
  ref: PaymentRef,
  { operator, reason }: Signed,
): Promise<void> {
  const payment = await lockPayment(db, ref);
  requireStatus(payment, ['held']);
  if (payment.pausedAt !== null) return;
  await setReviewTime(db, ref, null, true);
  await audit(db, { ...about(ref), action: 'pauseReview', actor: operator, details: { reason } });
}

/** Lets the clock of a paused review go on, until `reviewDueAt`; null where it was overdue before. */
export async function resumeReviewOf(
  db: Queryable,
  ref: PaymentRef,
  { operator, reason }: Signed,
  reviewDueAt: string | null,
): Promise<void> {
  const payment = await lockPayment(db, ref);
  requireStatus(payment, ['held']);
  if (payment.pausedAt === null) return;
  await setReviewTime(db, ref, reviewDueAt, false);
  const details = { reason, reviewDueAt };
  await audit(db, { ...about(ref), action: 'resumeReview', actor: operator, details });
}

async function setReviewTime(
  db: Queryable,
  { subscriberId, uniqueReference }: PaymentRef,
  reviewDueAt: string | null,
  paused: boolean,
): Promise<void> {
  await db.query(
    `update payments set review_due_at = $3, paused_at = case when $4 then now() end, updated_at = now()
     where subscriber_id = $1 and unique_reference = $2`,
    [subscriberId, uniqueReference, reviewDueAt, paused],
  );
}

/** The reminder of the review that is on. Returns the event to deliver. */
export async function remindReviewersOf(db: Queryable, ref: PaymentRef, occasion: string): Promise<string> {
  const payment = await lockPayment(db, ref);
  const facts = reviewFactsOf(payment);
  return publish(db, ref.subscriberId, 'reviewReminder', `${ref.uniqueReference} ${occasion}`, facts);
}

/** Hands the review to another group. Returns the event to deliver. */
export async function escalateReviewOf(
  db: Queryable,
  ref: PaymentRef,
  escalateTo: string,
  occasion: string,
): Promise<string> {
  const payment = await lockPayment(db, ref);
  requireStatus(payment, ['held']);
  if (payment.escalatedTo !== escalateTo) {
    await db.query(
      `update payments set escalated_to = $3, updated_at = now() where subscriber_id = $1 and unique_reference = $2`,
      [ref.subscriberId, ref.uniqueReference, escalateTo],
    );
    await audit(db, { ...about(ref), action: 'escalate', actor: 'lifecycle', details: { escalateTo } });
  }
  const facts = { ...reviewFactsOf(payment), escalatedTo: escalateTo };
  return publish(db, ref.subscriberId, 'paymentEscalated', `${ref.uniqueReference} ${occasion}`, facts);
}

function reviewFactsOf(payment: StoredPayment) {
  const due = payment.reviewDueAt?.toISOString();
  return { ...factsOf(payment), ...(due === undefined ? {} : { reviewDueAt: due }) };
}

/**
 * Stores an unblock that another operator has to confirm.
 * @param at when it was proposed, ISO 8601: the same proposal later is another one
 * @returns the hash that stands for what is confirmed: the amount and where it goes, what is decided, by whom, and why
 *   the payment is held; null where a payment service's own call asks for it
 */
export async function proposeUnblock(
  db: Queryable,
  ref: PaymentRef,
  { refundAmount, operator, reason, partnerReference }: UnblockCommand,
  at: string,
): Promise<string | null> {
  // Anybody can write a partnerReference into a message; only a call has claimed it.
  if (partnerReference !== undefined && (await unblockIsClaimed(db, ref, partnerReference))) return null;
  const payment = await lockPayment(db, ref);
  requireStatus(payment, ['held']);
  const { amount, paymentOption, merchantAccno, reasons } = payment;
  const destination = refundAmount ? ['option', paymentOption.token] : ['merchant', merchantAccno];
  const seen = [ref.subscriberId, ref.uniqueReference, amount.minor, amount.currency, destination, reasons];
  const hash = createHash('sha256')
    .update(JSON.stringify([...seen, refundAmount, operator, reason, at]))
    .digest('hex')
    .slice(0, HASH_LENGTH);
  const { subscriberId, subject } = about(ref);
  const known = await db.query(
    `select from audit where subscriber_id = $1 and subject = $2 and action = 'proposeUnblock' and details->>'hash' = $3`,
    [subscriberId, subject, hash],
  );
  if (known.rowCount === 0) {
    const details = { refundAmount, reason, hash };
    await audit(db, { ...about(ref), action: 'proposeUnblock', actor: operator, details });
  }
  return hash;
}

// 128 bits: nobody finds another case with the same hash, and it can still be pasted.
const HASH_LENGTH = 32;

/**
 * Records who looks after the payment, a note, or that a proposed unblock was taken back.
 * @param runId the run that has numbered the jotting
 */
export async function jotDown(
  db: Queryable,
  ref: PaymentRef,
  jotting: Jotting,
  runId: string,
): Promise<void> {
  const { kind, number, operator, reason } = jotting;
  const { subscriberId, subject } = about(ref);
  const known = await db.query(
    `select from audit where subscriber_id = $1 and subject = $2 and action = $3
        and details->'number' = to_jsonb($4::int) and details->>'runId' = $5`,
    [subscriberId, subject, kind, number, runId],
  );
  if (known.rowCount !== 0) return;
  if (kind === 'assign') {
    await db.query(
      `update payments set assigned_to = $3, updated_at = now() where subscriber_id = $1 and unique_reference = $2`,
      [ref.subscriberId, ref.uniqueReference, jotting.assignee ?? null],
    );
  }
  const said =
    kind === 'assign'
      ? { assignee: jotting.assignee ?? null, reason }
      : kind === 'note'
        ? { text: jotting.text }
        : { reason };
  await audit(db, { ...about(ref), action: kind, actor: operator, details: { runId, number, ...said } });
}
