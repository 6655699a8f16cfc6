import type { PaymentRef } from '../../src/domain/ids.ts';
import type { UnblockDecision } from '../../src/domain/payment.ts';
import type { RefundReversal } from '../../src/domain/refund.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { lockPayment, type StoredPayment } from '../../src/store/payments/payment-record.ts';
import { release } from '../../src/store/payments/payments.ts';
import type { Queryable } from '../../src/store/db/postgres.ts';
import {
  recordRefund,
  type RefundKnowledge,
  reverseRefund,
  startRefund,
  type StartRefund,
} from '../../src/store/refunds/refunds.ts';
import {
  escalateReview,
  extendReview,
  pauseReview,
  proposeUnblock,
  recordJournalEntry,
  resumeReview,
  startReview,
} from '../../src/store/reviews/review-steps.ts';
import type { TakeInDeps } from '../../src/store/take-in.ts';

const HOUR = 3600_000;

/** What the reviews of these tests go by where nothing is set. */
export const policy = {
  reminderAfterMs: 4 * HOUR,
  deadlineAfterMs: 24 * HOUR,
  deadlineAction: 'refund',
} as const;
export const terms = { deadlineAction: 'refund', fourEyes: false } as const;

/** What payments are taken in with. */
export const takeInDeps = (active: RuleSet): TakeInDeps => ({
  inForce: { active },
  cardFingerprint: (token) => `fp_${token}`,
  reviewPolicy: policy,
  gateway: 'sandbox',
});

/** A step as its activity takes it: on the payment, locked. */
const onPayment =
  <I, R>(work: (db: Queryable, payment: StoredPayment, input: I) => Promise<R>) =>
  async (db: Queryable, ref: PaymentRef, input: I): Promise<R> =>
    work(db, await lockPayment(db, ref), input);

/** Holds the payment for a day that ends at `due`, ISO 8601. */
export const hold = async (db: Queryable, ref: PaymentRef, due: string, reasons: readonly string[]) =>
  startReview(
    db,
    await lockPayment(db, ref),
    { terms, reasons, now: Date.parse(due) - policy.deadlineAfterMs },
    policy,
  );

export const steps = {
  release: onPayment((db, payment, decision: UnblockDecision) => release(db, payment, { decision })),
  startRefund: onPayment((db, payment, input: StartRefund) => startRefund(db, payment, input, 'sandbox')),
  recordRefund: onPayment((db, payment, known: RefundKnowledge) => recordRefund(db, payment, known)),
  reverseRefund: onPayment((db, payment, reversal: RefundReversal) => reverseRefund(db, payment, reversal)),
  escalateReview: onPayment(escalateReview),
  extendReview: onPayment((db, payment, input: Parameters<typeof extendReview>[2]) =>
    extendReview(db, payment, input, policy),
  ),
  pauseReview: onPayment(pauseReview),
  resumeReview: onPayment((db, payment, input: Parameters<typeof resumeReview>[2]) =>
    resumeReview(db, payment, input, policy),
  ),
  proposeUnblock: onPayment(proposeUnblock),
  recordJournalEntry: onPayment(recordJournalEntry),
};
