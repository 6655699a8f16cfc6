import type { RetryPolicy } from '@temporalio/common';
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { ConsistencyActivities } from '../activities/consistency.ts';
import type { LaneActivities } from '../activities/deliver-lane.ts';
import type { OtherRunsActivities } from '../activities/other-runs.ts';
import type { ReconcileActivities } from '../activities/reconcile.ts';
import type { RefundActivities } from '../activities/refund.ts';
import type { SenderActivities } from '../activities/senders.ts';
import type { Steps } from '../activities/steps.ts';
import { GATEWAY_RETRY_MS } from '../domain/refund.ts';

/** What a refund is asked for with; its reference never changes. */
export type { RefundRequest } from '../activities/refund.ts';
export type { TakeIn } from '../store/take-in.ts';

/** Without an end: a step that repeating does not help ends its retries itself (activities/give-up.ts). */
const ENDLESS: RetryPolicy = {
  initialInterval: '200ms',
  backoffCoefficient: 2,
  maximumInterval: '30s',
};

/**
 * A payment is taken in by a local activity: it is the first workflow task's work, and a payment that the rules release
 * needs no other.
 */
export const { takeIn } = proxyLocalActivities<Pick<Steps, 'takeIn'>>({
  startToCloseTimeout: '15s',
  localRetryThreshold: '1m',
  retry: ENDLESS,
  summary: 'take the payment in, ask the rules',
});

/**
 * A step in Postgres: short, idempotent, one transaction. A regular activity, so that it enters the history together
 * with the Update that asked for it, before anything is done about that.
 * @param summary what the step does, as the Temporal UI shows it
 */
function step(summary: string) {
  return proxyActivities<Omit<Steps, 'takeIn'>>({ startToCloseTimeout: '10s', retry: ENDLESS, summary });
}

/**
 * Who has sent a Signal: a regular activity, since it reads the history that the Signal is in.
 */
export const { whoSent: whoSignaled } = proxyActivities<SenderActivities>({
  startToCloseTimeout: '60s',
  retry: ENDLESS,
  summary: 'who has sent it?',
});

/** Who has sent an Update: its assertion says so, which needs no other round trip. */
export const { whoSent: whoUpdated } = proxyLocalActivities<SenderActivities>({
  startToCloseTimeout: '15s',
  localRetryThreshold: '1m',
  retry: ENDLESS,
});

/** The steps after the first one. */
export const steps = {
  startReview: step('hold for review').startReview,
  extendReview: step('more time for the review').extendReview,
  pauseReview: step("stop the review's clock").pauseReview,
  resumeReview: step("let the review's clock go on").resumeReview,
  remindReviewers: step('remind the reviewers').remindReviewers,
  escalateReview: step('escalate the review').escalateReview,
  bookElsewhere: step('book what went back another way').bookElsewhere,
  proposeUnblock: step('record a proposed unblock').proposeUnblock,
  recordJournalEntry: step('record what an operator said').recordJournalEntry,
  release: step('release to the merchant').release,
  recordRefund: step('record what is known of the refund').recordRefund,
  settleUnanswered: step('the gateway answers for a refund that was given up').settleUnanswered,
  paidRefund: step('is a refund on record as paid?').paidRefund,
  reverseRefund: step('the gateway took the refund back: hold the payment').reverseRefund,
  reportGivenUp: step('open a task for what was given up').reportGivenUp,
  storeBlock: step("store the customer's block").storeBlock,
  endBlock: step("end the customer's block").endBlock,
};

/**
 * The gateway: money moves here, so the activity itself asks before it sends again, and a retry is always safe. It
 * rejects only where surely nothing was paid. After an hour of that the refund goes over to the slower schedule of
 * lookupDelayMs.
 */
export const gateway = proxyActivities<RefundActivities>({
  // Longer than the gateway's own timeout; a killed worker's call is taken up again after this.
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '1h',
  retry: {
    initialInterval: GATEWAY_RETRY_MS.first,
    backoffCoefficient: 2,
    maximumInterval: GATEWAY_RETRY_MS.longest,
  },
});

/** The same, where a person waits for the answer. */
export const gatewayNow = proxyActivities<Pick<RefundActivities, 'lookUpRefund'>>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '30s',
  retry: { initialInterval: GATEWAY_RETRY_MS.first },
});

/** Messages to other runs: Temporal delivers them, so a failure here is Temporal's and passes. */
export const { blockCustomer } = proxyActivities<OtherRunsActivities>({
  startToCloseTimeout: '60s',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
  summary: "block the payment's customer",
});

/** May be many payments: a heartbeat a batch shows that it is at work. */
export const { holdPayments } = proxyActivities<OtherRunsActivities>({
  startToCloseTimeout: '2h',
  heartbeatTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
  summary: 'send the payments under way to review',
});

/**
 * Reconciliation: reads only, but for what it records once per run. A report may be long, so a heartbeat and not the
 * time shows that it is at work; a gateway that is away for hours is for the next day's run.
 */
export const reconciliation = proxyActivities<ReconcileActivities>({
  startToCloseTimeout: '2h',
  scheduleToCloseTimeout: '6h',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '10m' },
});

/** The consistency check: bounded work, and what one run could not do the next one does a few minutes later. */
export const consistency = proxyActivities<ConsistencyActivities>({
  startToCloseTimeout: '4m',
  retry: { initialInterval: '5s', maximumAttempts: 3 },
});

/**
 * The lanes of the outbox, which are worked on all the time. A worker that was killed is missed after ten seconds without
 * a heartbeat, and one that stops says so; another one takes over a second later, however often that happens.
 */
export const lanes = proxyActivities<LaneActivities>({
  startToCloseTimeout: '70m',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '1s', backoffCoefficient: 1 },
});
