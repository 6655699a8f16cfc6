import type { Disposition } from '../domain/decision.ts';
import type { PaymentRef } from '../domain/ids.ts';
import type { ExtendReviewCommand } from '../domain/operator-commands.ts';
import type { BlockedPayment } from '../domain/payment.ts';
import type { UnblockDecision } from '../domain/payment-case.ts';
import type { RefundOutcome, RefundStatus } from '../domain/refund.ts';
import type { ReviewPolicy } from '../domain/review.ts';
import { decide } from '../store/decide.ts';
import { paymentByReference } from '../store/payment-record.ts';
import {
  extendReviewOf,
  holdPayment,
  insertPayment,
  releasePayment,
  remindReviewersOf,
  storeDisposition,
} from '../store/payments.ts';
import { inTransaction } from '../store/postgres.ts';
import { recordRefund, startRefund } from '../store/refunds.ts';
import { StoreConflict } from '../store/conflict.ts';
import { subjectOfPayment } from '../rules/subject.ts';
import { explain } from '../rules/explain.ts';
import type { ActivityDeps } from './deps.ts';

export type PaymentStore = ReturnType<typeof createPaymentStore>;

/** The lifecycle's steps in Postgres. Each is one transaction and may be repeated: it then changes nothing. */
export function createPaymentStore({ pool, ruleSet, cardFingerprint, reviewPolicy, gateway }: ActivityDeps) {
  return {
    async blockPayment(payment: BlockedPayment): Promise<void> {
      await inTransaction(pool, (db) => insertPayment(db, payment));
    },

    /** Asks the rules, once: a repeated call answers with the decision on record. */
    async decidePayment(ref: PaymentRef): Promise<PaymentDecision> {
      return inTransaction(pool, async (db) => {
        const payment = await paymentByReference(db, ref);
        if (!payment) throw new StoreConflict(`there is no payment ${ref.uniqueReference} on record`);
        const subject = subjectOfPayment(payment, cardFingerprint(payment.paymentOption.token));
        const { decision } = await decide(db, ruleSet, subject);
        const { disposition } = decision;
        const reasons = explain(decision);
        await storeDisposition(db, ref, disposition, reasons);
        const blockCustomer = ruleSet.enforce && decision.response.blockOnlinePayment;
        return { disposition, reasons, reviewPolicy, blockCustomer };
      });
    },

    async holdPayment({ reviewDueAt, reasons, ...ref }: PaymentRef & Hold): Promise<string> {
      return inTransaction(pool, (db) => holdPayment(db, ref, reviewDueAt, reasons));
    },

    async extendReview({
      extension,
      ...ref
    }: PaymentRef & { extension: ExtendReviewCommand }): Promise<void> {
      await inTransaction(pool, (db) => extendReviewOf(db, ref, extension));
    },

    async remindReviewers({ occasion, ...ref }: PaymentRef & { occasion: string }): Promise<string> {
      return inTransaction(pool, (db) => remindReviewersOf(db, ref, occasion));
    },

    async releasePayment({ unblock, ...ref }: PaymentRef & { unblock: UnblockDecision }): Promise<string> {
      return inTransaction(pool, (db) => releasePayment(db, ref, unblock));
    },

    async startRefund({
      unblock,
      refundReference,
      ...ref
    }: PaymentRef & { unblock: UnblockDecision; refundReference: string }): Promise<void> {
      await inTransaction(pool, (db) => startRefund(db, ref, refundReference, gateway.name, unblock));
    },

    async recordRefund(known: RefundKnowledge): Promise<string | null> {
      const { refundReference, status, statusReason, outcome } = known;
      return inTransaction(pool, (db) => recordRefund(db, refundReference, status, statusReason, outcome));
    },
  };
}

export interface PaymentDecision {
  readonly disposition: Disposition;
  readonly reasons: readonly string[];
  readonly reviewPolicy: ReviewPolicy;
  /** The rule set says enforce: whom it would tell a caller to block is blocked here. */
  readonly blockCustomer: boolean;
}

export interface Hold {
  /** ISO 8601, UTC. */
  readonly reviewDueAt: string;
  readonly reasons: readonly string[];
}

export interface RefundKnowledge {
  readonly refundReference: string;
  readonly status: RefundStatus;
  readonly statusReason: string;
  readonly outcome: RefundOutcome;
}
