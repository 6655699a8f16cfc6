import { ActivityFailure, ApplicationFailure, continueAsNew } from '@temporalio/workflow';
import type { ReconciliationReport } from '../domain/reconciliation.ts';
import type { ReconcileRequest } from '../temporal/contract.ts';
import { reconciliation, consistency, lanes } from './activities.ts';
import type { ConsistencyReport } from '../domain/consistency.ts';
import { deliveryLanes } from '../domain/delivery-lane.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3600_000;
/** A paid refund can come back weeks later: each day's run looks at all that may still change. */
const DAYS = 35;
/** What is on its way at this moment is for the next run. */
const UNTIL_BEFORE_MS = 10 * MINUTE_MS;

/**
 * Compares our refunds with the gateways' own reports: every day by a schedule, and on demand. One gateway
 * that cannot be compared keeps none of the others from it; then the run fails at its end, so that it is seen.
 */
export async function reconcile(request: ReconcileRequest = {}): Promise<ReconciliationReport[]> {
  const to = request.to ?? new Date(Date.now() - UNTIL_BEFORE_MS).toISOString();
  const from = request.from ?? new Date(Date.parse(to) - DAYS * DAY_MS).toISOString();
  const gateways =
    request.gateway === undefined ? await reconciliation.gatewaysToReconcile() : [request.gateway];

  const reports: ReconciliationReport[] = [];
  const problems: string[] = [];
  for (const gateway of gateways) {
    try {
      reports.push(await reconciliation.reconcileGateway({ gateway, from, to }));
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      problems.push(`${gateway} could not be compared: ${error.cause?.message ?? error.message}`);
    }
  }
  if (problems.length > 0)
    throw ApplicationFailure.nonRetryable(problems.join('; '), 'ReconciliationIncomplete');
  return reports;
}

/**
 * Compares runs, payments, ledger, refunds and outbox with each other, some of them each time; what does not agree
 * becomes a task, and what agrees again closes it. A schedule runs it every few minutes.
 */
export async function checkConsistency(): Promise<ConsistencyReport> {
  return consistency.checkConsistency();
}

/** A turn of the lanes. What has changed in workers, queues and lanes is taken up with the next one. */
const TURN_MS = 3_600_000;

/** Empties the outbox for ever, by one long-running activity for each lane; each turn is a run of its own. */
export async function deliverNotifications(): Promise<void> {
  const until = Date.now() + TURN_MS;
  await Promise.all(
    deliveryLanes.map((lane) =>
      lanes.deliverLane.executeWithOptions({ activityId: lane, summary: lane }, [{ lane, until }]),
    ),
  );
  await continueAsNew<typeof deliverNotifications>();
}
