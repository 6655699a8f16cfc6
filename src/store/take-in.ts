import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { type BlockedPayment, ruledBy, type TakenIn } from '../domain/payment.ts';
import type { ReviewPolicy } from '../domain/review.ts';
import { explain } from '../rules/explain.ts';
import type { CardFingerprint } from '../rules/list-value.ts';
import { subjectOfPayment } from '../rules/subject.ts';
import { lockAgainstBlocks } from './payments/block-locks.ts';
import { StoreConflict } from './db/errors.ts';
import { decideBesideShadow } from './decisions/decide.ts';
import { decisionOfPayment } from './decisions/decisions.ts';
import { lockPayment, type StoredPayment } from './payments/payment-record.ts';
import { insertPayment, release } from './payments/payments.ts';
import { refundOfPayment } from './refunds/refund-record.ts';
import { startRefund } from './refunds/refunds.ts';
import { reviewTerms } from './reviews/review-terms.ts';
import { clockSince, startReview } from './reviews/review-steps.ts';
import type { RuleSetsInForce } from '../rules/rule-sets-in-force.ts';

/** A payment to take in. */
export interface TakeIn {
  readonly payment: BlockedPayment;
  /** Messages that came before: where there are any, the payment is held whatever the rules say. */
  readonly reasonsToHold: readonly string[];
  /** Why the rules cannot be asked: the payment is then held, without a decision of theirs. */
  readonly withoutRules?: string;
  /** The lifecycle's clock, epoch milliseconds: a review begins then. */
  readonly now: number;
  /** The run that takes it in. */
  readonly runId?: string;
}

/** What a payment is taken in with. */
export interface TakeInDeps {
  readonly inForce: RuleSetsInForce;
  readonly cardFingerprint: CardFingerprint;
  readonly reviewPolicy: ReviewPolicy;
  /** The name of the gateway that refunds the subscriber's payments. */
  readonly gateway: string;
}

/**
 * Takes a payment in: puts it on record, has the rules decide, and does what the decision means: the review begins, the
 * money is released, or the refund is stored with its key. A repeated call answers what is on record.
 * @param db a connection at the beginning of its transaction
 * @throws StoreConflict where the payment is on record under another call, or has gone further
 */
export async function takeIn(db: pg.PoolClient, input: TakeIn, deps: TakeInDeps): Promise<TakenIn> {
  const { payment, reasonsToHold, withoutRules, now, runId } = input;
  const run = runId === undefined ? {} : { runId };
  await lockAgainstBlocks(db, payment);
  const inserted = await insertPayment(db, payment, run);
  const stored = { ...(inserted ?? (await insertedBefore(db, payment))), ...run };

  const { inForce, cardFingerprint, reviewPolicy, gateway } = deps;
  if (withoutRules !== undefined && stored.status === 'blocked')
    return holdWithoutRules(db, stored, { reasonsToHold, withoutRules, now }, reviewPolicy);
  const subject = subjectOfPayment(payment, cardFingerprint(payment.paymentOption.token));
  const known = inserted ? undefined : await decisionOfPayment(db, payment);
  const { decision } = known ?? (await decideBesideShadow(db, inForce, subject));
  // A repeated call finds the decision of an earlier version, whose customers the new one does not block.
  const enforces = inForce.active.enforce && inForce.active.hash === decision.ruleSet.hash;
  const ruled = decision.disposition;
  const taken = { ruled, blockCustomer: enforces && decision.response.blockOnlinePayment };
  if (stored.status !== 'blocked') return { ...taken, ...(await onRecord(db, stored, reviewPolicy)) };

  const disposition = reasonsToHold.length > 0 ? 'HOLD' : ruled;
  const reasons = [...explain(decision), ...reasonsToHold];
  const decided = { ...stored, disposition, reasons };
  const common = { ...taken, disposition, reasons };
  switch (disposition) {
    case 'HOLD': {
      const terms = await reviewTerms(db, stored, reviewPolicy);
      const clock = await startReview(db, decided, { terms, reasons, now }, reviewPolicy);
      return { ...common, status: 'held', terms, clock };
    }
    case 'RELEASE':
      await release(db, decided, { decision: ruledBy(disposition) });
      return { ...common, status: 'released' };
    case 'REFUND': {
      const terms = await reviewTerms(db, stored, reviewPolicy);
      const refundReference = randomUUID();
      await startRefund(db, decided, { refundReference, decision: ruledBy(disposition) }, gateway);
      return { ...common, status: 'refunding', terms, refundReference };
    }
  }
}

async function holdWithoutRules(
  db: pg.PoolClient,
  stored: StoredPayment,
  { reasonsToHold, withoutRules, now }: Omit<TakeIn, 'payment'>,
  reviewPolicy: ReviewPolicy,
): Promise<TakenIn> {
  const reasons = [`the rules could not decide: ${withoutRules}`, ...reasonsToHold];
  const disposition = 'HOLD';
  const terms = await reviewTerms(db, stored, reviewPolicy);
  const clock = await startReview(
    db,
    { ...stored, disposition, reasons },
    { terms, reasons, now },
    reviewPolicy,
  );
  return { ruled: disposition, blockCustomer: false, disposition, reasons, status: 'held', terms, clock };
}

async function insertedBefore(db: pg.PoolClient, payment: BlockedPayment): Promise<StoredPayment> {
  const stored = await lockPayment(db, payment);
  if (stored.partnerReference === payment.partnerReference) return stored;
  throw new StoreConflict(
    `payment ${payment.uniqueReference} is on record under partnerReference ${stored.partnerReference}`,
  );
}

/** What an earlier call came to: its answer was lost with its worker. */
async function onRecord(db: pg.PoolClient, stored: StoredPayment, policy: ReviewPolicy) {
  const { uniqueReference, status, disposition, reasons, heldAt, reviewDueAt, decidedBy } = stored;
  if (disposition !== null) {
    const common = { disposition, reasons };
    if (status === 'released' && decidedBy === 'rules') return { ...common, status } as const;
    const terms = await reviewTerms(db, stored, policy);
    if (status === 'held' && heldAt && reviewDueAt) {
      const clock = await clockSince(db, terms, heldAt.getTime(), policy);
      return { ...common, status, terms, clock: { ...clock, due: reviewDueAt.getTime() } } as const;
    }
    const refund = status === 'refunding' && decidedBy === 'rules' && (await refundOfPayment(db, stored));
    if (status === 'refunding' && refund)
      return { ...common, status, terms, refundReference: refund.refundReference };
  }
  throw new StoreConflict(`payment ${uniqueReference} is ${status} on record: it was taken in long before`);
}
