import { createHash } from 'node:crypto';
import type { PaymentRef } from '../../domain/ids.ts';
import type { JournalEntry } from '../../domain/journal.ts';
import { type ExtendReviewCommand, signerOf, type SignedMessage } from '../../domain/commands.ts';
import {
  extendedClock,
  type FreshReviewClock,
  resumedClock,
  type ReviewClock,
  type ReviewPolicy,
  type ReviewTerms,
  startedClock,
} from '../../domain/review.ts';
import type { ProposeUnblock, StoppedClock } from '../../domain/review-state.ts';
import { append, audit } from '../books/append.ts';
import { newEvent, publish } from '../notifications/outbox.ts';
import { unblockIsClaimed } from '../payments/partner-requests.ts';
import { auditSubject, remainingOf, requireStatus, type StoredPayment } from '../payments/payment-record.ts';
import { eventPayloadOf } from '../payments/payment-events.ts';
import type { Queryable } from '../db/postgres.ts';
import { reviewTime } from './review-terms.ts';

// Each step works on a locked payment and changes nothing when it is repeated. `now` is the lifecycle's clock, epoch
// milliseconds: it is the one that counts.

export interface StartReview {
  readonly terms: ReviewTerms;
  readonly reasons: readonly string[];
  readonly now: number;
}

/** Puts the payment into review. @returns the review's clock */
export async function startReview(
  db: Queryable,
  payment: StoredPayment,
  { terms, reasons, now }: StartReview,
  policy: ReviewPolicy,
): Promise<FreshReviewClock> {
  // A declined refund has brought it back already: then only the review is new.
  requireStatus(payment, ['blocked', 'held']);
  const clock = await clockSince(db, terms, now, policy);
  const reviewDueAt = new Date(clock.due).toISOString();
  const { subscriberId, uniqueReference } = payment;
  if (payment.reviewDueAt?.getTime() === clock.due) return clock;
  await db.query({
    ...HOLD,
    values: [subscriberId, uniqueReference, reviewDueAt, reasons, new Date(now)],
  });
  const { settings } = terms;
  const details = { reviewDueAt, reasons, ...(settings ? { settings } : {}) };
  const payload = { ...eventPayloadOf(payment), reasons, reviewDueAt, deadlineAction: terms.deadlineAction };
  await append(db, {
    audits: [{ ...auditSubject(payment), action: 'hold', actor: { part: 'lifecycle' }, details }],
    events: [newEvent(subscriberId, 'paymentHeld', `${uniqueReference} ${reviewDueAt}`, payload)],
  });
  return clock;
}

/** By its name a connection knows the statement again, and parses and plans it once. */
const HOLD = {
  name: 'hold',
  text: `
    update payments set status = 'held', disposition = 'HOLD', reasons = $4, review_due_at = $3, held_at = $5,
           escalated_to = null, paused_at = null, updated_at = now()
     where subscriber_id = $1 and unique_reference = $2`,
};

/** The clock of a review under these terms that began at `start`, epoch milliseconds. */
export async function clockSince(
  db: Queryable,
  terms: ReviewTerms,
  start: number,
  policy: ReviewPolicy,
): Promise<FreshReviewClock> {
  const { times, calendar } = await reviewTime(db, terms, policy);
  return startedClock(times, start, calendar);
}

export interface ExtendReview {
  readonly extension: ExtendReviewCommand;
  readonly terms: ReviewTerms;
  readonly clock: ReviewClock;
  readonly now: number;
}

/** Moves the end of the review. @returns the new clock */
export async function extendReview(
  db: Queryable,
  payment: StoredPayment,
  { extension, terms, clock, now }: ExtendReview,
  policy: ReviewPolicy,
): Promise<ReviewClock> {
  requireStatus(payment, ['held']);
  const { until, operator, reason } = extension;
  if (payment.reviewDueAt?.toISOString() !== until) {
    await setReviewTime(db, payment, until, false);
    const details = { until, operator, reason };
    await audit(db, {
      ...auditSubject(payment),
      action: 'extendReview',
      actor: signerOf(extension),
      details,
    });
  }
  const { times, calendar } = await reviewTime(db, terms, policy);
  return extendedClock(clock, times, Date.parse(until), now, calendar);
}

/** Stops the review's clock: it is due at no time until it is resumed. */
export async function pauseReview(
  db: Queryable,
  payment: StoredPayment,
  { pause }: { readonly pause: SignedMessage },
): Promise<void> {
  requireStatus(payment, ['held']);
  if (payment.pausedAt !== null) return;
  await setReviewTime(db, payment, null, true);
  const details = { reason: pause.reason };
  await audit(db, { ...auditSubject(payment), action: 'pauseReview', actor: signerOf(pause), details });
}

export interface ResumeReview {
  readonly resume: SignedMessage;
  readonly terms: ReviewTerms;
  readonly stopped: StoppedClock;
  readonly now: number;
}

/** Lets the clock of a paused review go on. @returns the new clock; it has no deadline where that had passed before */
export async function resumeReview(
  db: Queryable,
  payment: StoredPayment,
  { resume, terms, stopped, now }: ResumeReview,
  policy: ReviewPolicy,
): Promise<ReviewClock> {
  requireStatus(payment, ['held']);
  const { calendar } = await reviewTime(db, terms, policy);
  const clock = resumedClock(stopped.clock, stopped.at, now, calendar);
  if (payment.pausedAt !== null) {
    const reviewDueAt = clock.due === undefined ? null : new Date(clock.due).toISOString();
    await setReviewTime(db, payment, reviewDueAt, false);
    const details = { reason: resume.reason, reviewDueAt };
    await audit(db, { ...auditSubject(payment), action: 'resumeReview', actor: signerOf(resume), details });
  }
  return clock;
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

/** Publishes the reminder of the review that is on. @param occasion names this one among the payment's reminders */
export async function remindReviewers(
  db: Queryable,
  payment: StoredPayment,
  { occasion }: { readonly occasion: string },
): Promise<void> {
  const { subscriberId, uniqueReference } = payment;
  await publish(
    db,
    subscriberId,
    'reviewReminder',
    `${uniqueReference} ${occasion}`,
    reviewPayloadOf(payment),
  );
}

export interface EscalateReview {
  readonly escalateTo: string;
  /** Names this one among the payment's escalations. */
  readonly occasion: string;
}

/** Hands the review to another group. */
export async function escalateReview(
  db: Queryable,
  payment: StoredPayment,
  { escalateTo, occasion }: EscalateReview,
): Promise<void> {
  requireStatus(payment, ['held']);
  const { subscriberId, uniqueReference } = payment;
  if (payment.escalatedTo !== escalateTo) {
    await db.query(
      `update payments set escalated_to = $3, updated_at = now() where subscriber_id = $1 and unique_reference = $2`,
      [subscriberId, uniqueReference, escalateTo],
    );
    const details = { escalateTo };
    await audit(db, { ...auditSubject(payment), action: 'escalate', actor: { part: 'lifecycle' }, details });
  }
  const payload = { ...reviewPayloadOf(payment), escalatedTo: escalateTo };
  await publish(db, subscriberId, 'paymentEscalated', `${uniqueReference} ${occasion}`, payload);
}

function reviewPayloadOf(payment: StoredPayment) {
  const due = payment.reviewDueAt?.toISOString();
  return { ...eventPayloadOf(payment), ...(due === undefined ? {} : { reviewDueAt: due }) };
}

/**
 * Stores an unblock that another operator has to confirm.
 * @returns the hash that stands for what is confirmed: the amount and where it goes, what is decided, by whom, when
 *   proposed, and why the payment is held; null where a payment service's own call asks for it, and such calls decide
 */
export async function proposeUnblock(
  db: Queryable,
  payment: StoredPayment,
  { proposal, callProposes }: { readonly proposal: ProposeUnblock; readonly callProposes: boolean },
): Promise<string | null> {
  const { refundAmount, operator, reason, partnerReference, at } = proposal;
  // Anybody can write a partnerReference into a message; only a call has claimed it.
  if (
    !callProposes &&
    partnerReference !== undefined &&
    (await unblockIsClaimed(db, payment, partnerReference))
  )
    return null;
  requireStatus(payment, ['held']);
  const { paymentOption, merchantAccno, reasons, uniqueReference } = payment;
  const amount = remainingOf(payment);
  const destination = refundAmount ? ['option', paymentOption.token] : ['merchant', merchantAccno];
  const { subscriberId, subject } = auditSubject(payment);
  const seen = [subscriberId, uniqueReference, amount.minor, amount.currency, destination, reasons];
  const hash = createHash('sha256')
    .update(JSON.stringify([...seen, refundAmount, operator, reason, at]))
    .digest('hex')
    .slice(0, HASH_LENGTH);
  const known = await db.query(
    `select from audit where subscriber_id = $1 and subject = $2 and action = 'proposeUnblock' and details->>'hash' = $3`,
    [subscriberId, subject, hash],
  );
  if (known.rowCount === 0) {
    const details = { refundAmount, reason, hash };
    await audit(db, { subscriberId, subject, action: 'proposeUnblock', actor: signerOf(proposal), details });
  }
  return hash;
}

// 128 bits: another case with the same hash cannot be found, and it can still be pasted.
const HASH_LENGTH = 32;

export interface RecordJournalEntry {
  readonly entry: JournalEntry;
  /** The run that has numbered the entry: a payment that is held again has a new one, which begins at 1. */
  readonly runId: string;
}

/** Records who looks after the payment, a note, or that something was proposed or a proposal withdrawn. */
export async function recordJournalEntry(
  db: Queryable,
  payment: StoredPayment,
  { entry, runId }: RecordJournalEntry,
): Promise<void> {
  const { kind, number } = entry;
  const { subscriberId, subject } = auditSubject(payment);
  const known = await db.query(
    `select from audit where subscriber_id = $1 and subject = $2 and action = $3
        and details->'number' = to_jsonb($4::int) and details->>'runId' = $5`,
    [subscriberId, subject, kind, number, runId],
  );
  if (known.rowCount !== 0) return;
  if (entry.kind === 'assign') {
    await db.query(
      `update payments set assigned_to = $3, updated_at = now() where subscriber_id = $1 and unique_reference = $2`,
      [payment.subscriberId, payment.uniqueReference, entry.assignee ?? null],
    );
  }
  const details = { runId, number, ...saidIn(entry) };
  await audit(db, { subscriberId, subject, action: kind, actor: signerOf(entry), details });
}

function saidIn(entry: JournalEntry) {
  switch (entry.kind) {
    case 'assign':
      return { assignee: entry.assignee ?? null, reason: entry.reason };
    case 'note':
      return { text: entry.text, reason: entry.reason };
    case 'withdrawProposal':
      return { reason: entry.reason };
    case 'proposeBookElsewhere':
      return { amount: entry.amount, gatewayReference: entry.gatewayReference, reason: entry.reason };
    case 'proposeRefundOutcome':
      return { outcome: entry.outcome, gatewayReference: entry.gatewayReference, reason: entry.reason };
  }
}
