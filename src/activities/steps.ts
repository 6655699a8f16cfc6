import { Context } from '@temporalio/activity';
import type pg from 'pg';
import type { BlockCustomerRequest } from '../domain/customer-block.ts';
import type { CustomerRef, PaymentRef } from '../domain/ids.ts';
import type { BlockedPayment, PaymentResult, Reopened, TakenIn } from '../domain/payment.ts';
import { hasEnded } from '../domain/payment.ts';
import type { Actor } from '../domain/people.ts';
import type { RefundReversal } from '../domain/refund.ts';
import type { SentMessage } from '../domain/sender.ts';
import { type StepGivenUp, stepFailedTask } from '../domain/step-given-up.ts';
import { requireVoucher } from '../store/accounts/client-keys.ts';
import { StoreConflict } from '../store/db/errors.ts';
import { endBlock, storeBlock } from '../store/customers/customer-blocks.ts';
import { blockedPayment, lockPayment, type StoredPayment } from '../store/payments/payment-record.ts';
import { bookElsewhere } from '../store/payments/elsewhere.ts';
import { release } from '../store/payments/payments.ts';
import { inTransaction } from '../store/db/postgres.ts';
import { isPaidByTheGateway, refundOfPayment } from '../store/refunds/refund-record.ts';
import {
  recordRefund,
  type RefundKnowledge,
  reverseRefund,
  startRefund,
  type StartRefund,
} from '../store/refunds/refunds.ts';
import { requireAnswered, settleUnanswered, unansweredRefundOf } from '../store/refunds/unanswered.ts';
import {
  escalateReview,
  type ExtendReview,
  extendReview,
  pauseReview,
  proposeUnblock,
  recordJournalEntry,
  remindReviewers,
  type ResumeReview,
  resumeReview,
  type StartReview,
  startReview,
} from '../store/reviews/review-steps.ts';
import { raiseChargebacks } from '../store/refunds/chargebacks.ts';
import { openTask } from '../store/tasks/tasks.ts';
import { reviewTerms } from '../store/reviews/review-terms.ts';
import { type TakeIn, takeIn } from '../store/take-in.ts';
import type { ActivityDeps } from './deps.ts';
import { givingUp } from './give-up.ts';
import { principalOfStart } from './principals.ts';
import { provenSender } from './senders.ts';

export interface StoreBlock extends CustomerRef {
  readonly request: BlockCustomerRequest;
}

export type Steps = ReturnType<typeof createSteps>;

/** The lifecycles' steps in Postgres. Each is one transaction and may be repeated: it then changes nothing. */
export function createSteps(deps: ActivityDeps) {
  const { pool, ruleSets, cardFingerprint, reviewPolicy, gateways, vouchedRuns } = deps;
  const step =
    <I, R>(work: (db: pg.PoolClient, input: I) => Promise<R>) =>
    (input: I): Promise<R> =>
      givingUp(() => inTransaction(pool, (db) => work(db, input)));

  /** A step on a payment that is on record; it is locked for the step. */
  const paymentStep = <I, R>(work: (db: pg.PoolClient, payment: StoredPayment, input: I) => Promise<R>) =>
    step(async (db, input: PaymentRef & I) =>
      work(db, { ...(await lockPayment(db, input)), ...thisRun() }, input),
    );

  const starterOf = async () =>
    reviewPolicy.operatorIdentity === 'principal' ? principalOfStart() : undefined;

  /** A step that a message to a customer's run asks for, by who is proven to have sent it. */
  const customerStep =
    <I extends CustomerRef, R>(
      act: string,
      work: (db: pg.PoolClient, input: I, actor?: Actor) => Promise<R>,
    ) =>
    async (input: I & { readonly sent?: SentMessage | undefined }): Promise<R> => {
      const { sent, subscriberId } = input;
      const actor = sent && (await provenSender(deps, subscriberId, sent, act));
      return givingUp(() => inTransaction(pool, (db) => work(db, { ...input, ...thisRun() }, actor)));
    };

  return {
    async takeIn(input: TakeIn): Promise<TakenIn> {
      const { subscriberId } = input.payment;
      return givingUp(async () => {
        // Not inside the transaction: it may need a connection of its own.
        const inForce = await ruleSets.of(subscriberId);
        const gateway = gateways.of(subscriberId).name;
        return inTransaction(pool, async (db) => {
          if (vouchedRuns === 'required') await requireVoucher(db, input.payment, starterOf);
          return takeIn(db, { ...input, ...thisRun() }, { inForce, cardFingerprint, reviewPolicy, gateway });
        });
      });
    },

    startReview: paymentStep((db, payment, input: StartReview) =>
      startReview(db, payment, input, reviewPolicy),
    ),
    extendReview: paymentStep((db, payment, input: ExtendReview) =>
      extendReview(db, payment, input, reviewPolicy),
    ),
    pauseReview: paymentStep(pauseReview),
    resumeReview: paymentStep((db, payment, input: ResumeReview) =>
      resumeReview(db, payment, input, reviewPolicy),
    ),
    remindReviewers: paymentStep(remindReviewers),
    escalateReview: paymentStep(escalateReview),
    bookElsewhere: paymentStep(bookElsewhere),
    proposeUnblock: paymentStep(proposeUnblock),
    recordJournalEntry: paymentStep(recordJournalEntry),
    release: paymentStep(async (db, payment, input: Parameters<typeof release>[2]) => {
      await requireAnswered(db, payment, input.decision);
      await release(db, payment, input);
      await raiseChargebacks(db, payment);
    }),

    /** Records what is known of a refund. It may be the first that the record hears of it. */
    recordRefund: paymentStep(async (db, payment, input: StartRefund & RefundKnowledge) => {
      await startRefund(db, payment, input, gateways.of(payment.subscriberId).name);
      return recordRefund(db, payment, input);
    }),

    settleUnanswered: paymentStep(settleUnanswered),

    /** The refund that the gateway says it has paid, and its payment; null where there is none that it could reverse. */
    async paidRefund(ref: PaymentRef): Promise<{ refundReference: string; payment: BlockedPayment } | null> {
      const [refund, payment] = await givingUp(() =>
        Promise.all([refundOfPayment(pool, ref), blockedPayment(pool, ref)]),
      );
      if (!refund || !payment || !isPaidByTheGateway(refund)) return null;
      return { refundReference: refund.refundReference, payment };
    },

    /** Takes a reversal in. Where another run has done so, and carried on: how the payment has ended since. */
    reverseRefund: paymentStep(
      async (
        db,
        payment,
        reversal: RefundReversal,
      ): Promise<Reopened | { readonly ended: PaymentResult }> => {
        const statusReason = await reverseRefund(db, payment, reversal);
        const { status, decidedBy } = payment;
        if (statusReason !== undefined) {
          const reasons = [...new Set([...payment.reasons, statusReason])];
          const terms = await reviewTerms(db, payment, reviewPolicy);
          const { elsewhereMinor } = payment;
          const unanswered = await unansweredRefundOf(db, payment);
          return { statusReason, reasons, terms, unanswered, elsewhereMinor };
        }
        if (!hasEnded(status) || decidedBy === null) {
          throw new StoreConflict(
            `payment ${payment.uniqueReference} is ${status}: nothing of it can be reversed`,
          );
        }
        const refundReference = (await refundOfPayment(db, payment))?.refundReference;
        return {
          ended: { status, decidedBy, ...(refundReference === undefined ? {} : { refundReference }) },
        };
      },
    ),

    /** Opens a task for a step that was given up. */
    reportGivenUp: step(async (db, failure: StepGivenUp): Promise<void> => {
      await openTask(db, stepFailedTask(failure));
    }),

    storeBlock: customerStep('blockCustomer', (db, { request, ...customer }: StoreBlock, actor) =>
      storeBlock(db, customer, request, actor),
    ),
    endBlock: customerStep('unblockCustomer', endBlock),
  };
}

/** The run that this activity is of. */
function thisRun(): { readonly runId?: string } {
  const { workflowExecution: run } = Context.current().info;
  return run === undefined ? {} : { runId: run.runId };
}
