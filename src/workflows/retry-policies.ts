import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { CoherenceActivities } from '../activities/coherence.ts';
import type { GatewayActivities } from '../activities/gateway-refund.ts';
import type { NotifyActivities } from '../activities/notify-event.ts';
import type { CustomerStore } from '../activities/postgres-customer.ts';
import type { PaymentStore } from '../activities/postgres-payment.ts';
import type { ReconcileActivities } from '../activities/reconcile.ts';
import type { ReviewStore } from '../activities/postgres-review.ts';
import type { RunActivities } from '../activities/temporal-runs.ts';

/**
 * Postgres: short, idempotent steps, each one transaction. Local, because a task-queue round trip per step would
 * cost two to three times the throughput; without an end, because a database that is down comes back.
 * @param summary what the step does, as the Temporal UI shows it
 */
function step(summary: string) {
  return proxyLocalActivities<PaymentStore & ReviewStore & CustomerStore>({
    startToCloseTimeout: '15s',
    localRetryThreshold: '1m',
    retry: {
      initialInterval: '200ms',
      backoffCoefficient: 2,
      maximumInterval: '30s',
      nonRetryableErrorTypes: ['StoreConflict'],
    },
    summary,
  });
}

/** The steps in Postgres. */
export const store = {
  blockPayment: step('block: take the payment in').blockPayment,
  decidePayment: step('ask the rules').decidePayment,
  holdPayment: step('hold for review').holdPayment,
  startReview: step('hold for review').startReview,
  extendReview: step('more time for the review').extendReview,
  moveReview: step('more time for the review').moveReview,
  pauseReview: step("stop the review's clock").pauseReview,
  resumeReview: step("let the review's clock go on").resumeReview,
  remindReviewers: step('remind the reviewers').remindReviewers,
  escalateReview: step('escalate the review').escalateReview,
  proposeUnblock: step('put a proposed unblock on record').proposeUnblock,
  jotDown: step('put what an operator said on record').jotDown,
  releasePayment: step('release to the merchant').releasePayment,
  startRefund: step('refund: store it before it is sent').startRefund,
  recordRefund: step('refund: store what became of it').recordRefund,
  paidRefund: step('refund: is it on record as paid?').paidRefund,
  reverseRefund: step('refund: the gateway took it back; hold the payment').reverseRefund,
  storeBlock: step("store the customer's block").storeBlock,
  endBlock: step("end the customer's block").endBlock,
  paymentsUnderWay: step("the customer's payments under way").paymentsUnderWay,
};

/**
 * The gateway: money moves here, so the activity itself asks before it sends again, and a retry is always safe. It
 * rejects only where surely nothing was paid. After an hour of that the refund goes over to the slower schedule of
 * LOOKUP_DELAYS_MS.
 */
export const gateway = proxyActivities<GatewayActivities>({
  // Longer than the gateway's own timeout; a killed worker's call is taken up again after this.
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '1h',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10m' },
});

/**
 * Notifications: what a receiver does not take is due again later, for the delivery run, and holds nothing back. Repeated
 * here is what our own database did not let through.
 */
export const notify = proxyActivities<NotifyActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 3, maximumAttempts: 5 },
  summary: 'tell whoever should hear of it',
});

/**
 * The lanes of the outbox, which are worked on all the time. A worker that was killed is missed after ten seconds without
 * a heartbeat, and one that stops says so; another one takes over a second later, however often that happens.
 */
export const lanes = proxyActivities<NotifyActivities>({
  startToCloseTimeout: '70m',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '1s', backoffCoefficient: 1 },
});

/** Messages to other runs: Temporal delivers them, so a failure here is Temporal's and passes. */
export const runs = proxyActivities<RunActivities>({
  startToCloseTimeout: '60s',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
  summary: "a message to another payment's or customer's run",
});

/** Takes no time: where it was lost with its worker, it is asked for again soon, because an operator waits. */
export const recording = proxyActivities<RunActivities>({
  startToCloseTimeout: '5s',
  retry: { initialInterval: '200ms', maximumInterval: '5s' },
  summary: 'have the update recorded first',
});

/**
 * Reconciliation: reads only, but for what it records once per run. A report may be long, so a heartbeat and not the
 * time tells that somebody is at it; a gateway that is away for hours is for the next day's run.
 */
export const reconciliation = proxyActivities<ReconcileActivities>({
  startToCloseTimeout: '2h',
  scheduleToCloseTimeout: '6h',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '10m' },
});

/** The coherence check: bounded work, and what one run could not do the next one does a few minutes later. */
export const coherence = proxyActivities<CoherenceActivities>({
  startToCloseTimeout: '4m',
  retry: { initialInterval: '5s', maximumAttempts: 3 },
});
