import type { Disposition } from '../domain/decision.ts';
import type { PaymentRef } from '../domain/ids.ts';
import type { BlockedPayment, PaymentResult } from '../domain/payment.ts';
import type { UnblockDecision } from '../domain/payment-case.ts';
import type { RefundReversal } from '../domain/refund.ts';
import type { HeldBy } from '../domain/review.ts';
import { decideBesideShadow } from '../store/decide-beside-shadow.ts';
import { blockedPayment, paymentByReference } from '../store/payment-record.ts';
import { insertPayment, releasePayment, storeDisposition } from '../store/payments.ts';
import { inTransaction } from '../store/postgres.ts';
import { reviewTermsOf } from '../store/review-terms.ts';
import {
  isPaidByTheGateway,
  recordRefund,
  refundOfPayment,
  reverseRefund,
  startRefund,
  type RefundKnowledge,
} from '../store/refunds.ts';
import { StoreConflict } from '../store/conflict.ts';
import { subjectOfPayment } from '../rules/subject.ts';
import { explain } from '../rules/explain.ts';
import type { ActivityDeps } from './deps.ts';

export type PaymentStore = ReturnType<typeof createPaymentStore>;

/** The lifecycle's steps in Postgres. Each is one transaction and may be repeated: it then changes nothing. */
export function createPaymentStore({
  pool,
  ruleSets,
  cardFingerprint,
  reviewPolicy,
  gateways,
}: ActivityDeps) {
  return {
    async blockPayment(payment: BlockedPayment): Promise<void> {
      await inTransaction(pool, (db) => insertPayment(db, payment));
    },

    /** Asks the rules, once: a repeated call answers with the decision on record. */
    async decidePayment(ref: PaymentRef): Promise<PaymentDecision> {
      // Not inside the transaction: it may need a connection of its own.
      const inForce = await ruleSets.of(ref.subscriberId);
      return inTransaction(pool, async (db) => {
        const payment = await paymentByReference(db, ref);
        if (!payment) throw new StoreConflict(`there is no payment ${ref.uniqueReference} on record`);
        const subject = subjectOfPayment(payment, cardFingerprint(payment.paymentOption.token));
        const { decision } = await decideBesideShadow(db, inForce, subject);
        const { disposition } = decision;
        const reasons = explain(decision);
        await storeDisposition(db, ref, disposition, reasons);
        // A repeated call finds the decision of an earlier version, whose customers the new one does not block.
        const enforces = inForce.active.enforce && inForce.active.hash === decision.ruleSet.hash;
        const blockCustomer = enforces && decision.response.blockOnlinePayment;
        const reviewTerms = await reviewTermsOf(db, ref.subscriberId, payment.amount, reviewPolicy);
        return { disposition, reasons, reviewTerms, blockCustomer };
      });
    },

    async releasePayment({ unblock, ...ref }: PaymentRef & { unblock: UnblockDecision }): Promise<string> {
      return inTransaction(pool, (db) => releasePayment(db, ref, unblock));
    },

    async startRefund({
      unblock,
      refundReference,
      ...ref
    }: PaymentRef & { unblock: UnblockDecision; refundReference: string }): Promise<void> {
      const { name } = gateways.of(ref.subscriberId);
      await inTransaction(pool, (db) => startRefund(db, ref, refundReference, name, unblock));
    },

    async recordRefund(known: RefundKnowledge): Promise<string | null> {
      return inTransaction(pool, (db) => recordRefund(db, known));
    },

    /** The refund that the gateway says it has paid, and its payment; null where there is none that it could reverse. */
    async paidRefund(ref: PaymentRef): Promise<{ refundReference: string; payment: BlockedPayment } | null> {
      const [refund, payment] = await Promise.all([refundOfPayment(pool, ref), blockedPayment(pool, ref)]);
      if (!refund || !payment || !isPaidByTheGateway(refund)) return null;
      return { refundReference: refund.refundReference, payment };
    },

    /** Takes a reversal in. Where another run has done so, and carried on: how the payment has ended since. */
    async reverseRefund(reversal: RefundReversal): Promise<Reopened | { readonly ended: PaymentResult }> {
      return inTransaction(pool, async (db) => {
        const { payment, eventId, statusReason } = await reverseRefund(db, reversal);
        if (eventId !== null) {
          return {
            eventId,
            statusReason,
            reasons: [...new Set([...payment.reasons, statusReason])],
            reviewTerms: await reviewTermsOf(db, payment.subscriberId, payment.amount, reviewPolicy),
          };
        }
        const { status, decidedBy } = payment;
        if ((status !== 'released' && status !== 'refunded') || decidedBy === null) {
          throw new StoreConflict(
            `payment ${payment.uniqueReference} is ${status}: nothing of it can be reversed`,
          );
        }
        const refundReference = (await refundOfPayment(db, payment))?.refundReference;
        return {
          ended: { status, decidedBy, ...(refundReference === undefined ? {} : { refundReference }) },
        };
      });
    },
  };
}

/** A payment that is held again, and how its review goes. */
export type Reopened = HeldBy & {
  readonly eventId: string;
  readonly statusReason: string;
  readonly reasons: readonly string[];
};

export type PaymentDecision = HeldBy & {
  readonly disposition: Disposition;
  readonly reasons: readonly string[];
  /** The rule set says enforce: whom it would tell a caller to block is blocked here. */
  readonly blockCustomer: boolean;
};
