import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { ReconciliationReport } from '../domain/reconciliation.ts';
import type { ReconcileRequest } from '../temporal/reconcile.ts';
import { reconciliation } from './activities.ts';

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
