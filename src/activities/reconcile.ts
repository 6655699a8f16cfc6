import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import {
  compare,
  countsOf,
  differencesOf,
  type ReconciliationReport,
  type ReportedRefund,
  totalsOf,
} from '../domain/reconciliation.ts';
import { PaymentBlockClient } from '../client/index.ts';
import type { ReconcileProgress } from '../temporal/contract.ts';
import { inTransaction } from '../store/db/postgres.ts';
import { bookedElsewhere } from '../store/payments/elsewhere.ts';
import { gatewaysWithRefunds, recordReconciliation, sentRefunds } from '../store/checks/reconciliation.ts';
import type { Gateways } from '../gateways/port/gateways.ts';
import type { RefundGateway } from '../gateways/port/refund-gateway.ts';
import type { ActivityDeps } from './deps.ts';

export type ReconcileActivities = ReturnType<typeof createReconcileActivities>;

export interface ReconcileGateway {
  readonly gateway: string;
  /** ISO 8601, UTC. */
  readonly from: string;
  readonly to: string;
}

/** Comparing our refunds with those of a gateway. */
export function createReconcileActivities({ pool, gateways }: ActivityDeps) {
  return {
    /** The gateways that have something to compare. */
    async gatewaysToReconcile(): Promise<string[]> {
      return gatewaysWithRefunds(pool);
    },

    /**
     * Compares what was sent in a period with the gateway's report, records the run, and opens and closes tasks. A
     * payment whose refund came out differently is sent a hint to look it up.
     */
    async reconcileGateway(request: ReconcileGateway): Promise<ReconciliationReport> {
      return heartbeating(request.gateway, (progress) => reconcileGateway(request, progress));
    },
  };

  async function reconcileGateway(
    { gateway: name, from, to }: ReconcileGateway,
    progress: Progress,
  ): Promise<ReconciliationReport> {
    const gateway = configured(gateways, name);
    const { client: temporal, info } = Context.current();
    const client = new PaymentBlockClient(temporal, info.taskQueue);
    const startedAt = new Date();
    const period = { from: new Date(from), to: new Date(to) };
    const takenInWithinMs = gateway.abilities.keyLifetimeMs + CLOCK_MARGIN_MS;
    const reported = await readReport(
      gateway.report(
        new Date(period.from.getTime() - takenInWithinMs),
        new Date(period.to.getTime() + takenInWithinMs),
      ),
      progress,
    );
    const elsewhere = await bookedElsewhere(
      pool,
      reported.map(({ gatewayReference }) => gatewayReference),
    );
    // What an operator has booked as gone elsewhere is no refund of ours, and is known.
    const theirs = reported.filter(
      ({ gatewayReference, amount }) => elsewhere.get(gatewayReference) !== amount.minor,
    );
    const ours = await sentRefunds(pool, name, period, {
      refundReferences: theirs.flatMap(({ refundReference }) => refundReference ?? []),
      gatewayReferences: theirs.map(({ gatewayReference }) => gatewayReference),
    });
    const comparisons = compare(ours, theirs, { period, takenInWithinMs, asOf: startedAt });

    const runId = info.workflowExecution?.runId ?? info.activityId;
    const run = { runId, gateway: name, period, startedAt, comparisons };
    const { tasks, opened, closed } = await inTransaction(pool, (db) => recordReconciliation(db, run));
    for (const { outcome, ours: refund } of comparisons) {
      if (outcome === 'statusDiffers' && refund) await client.refundChanged(refund);
    }
    return {
      gateway: name,
      from,
      to,
      counts: countsOf(comparisons),
      totals: totalsOf(comparisons),
      tasksOpened: opened,
      tasksClosed: closed,
      differences: differencesOf(tasks),
    };
  }
}

/** Repeating would find no other configuration. */
function configured(gateways: Gateways, name: string): RefundGateway {
  try {
    return gateways.named(name);
  } catch (error) {
    throw ApplicationFailure.nonRetryable(
      error instanceof Error ? error.message : String(error),
      'UnknownGateway',
    );
  }
}

// Our clock and the gateway's need not agree to the minute.
const CLOCK_MARGIN_MS = 3600_000;
const HEARTBEAT_EVERY_MS = 3_000;

/** Does the work while reporting to Temporal by heartbeats how far it is. */
async function heartbeating<T>(gateway: string, work: (progress: Progress) => Promise<T>): Promise<T> {
  const context = Context.current();
  const progress: Progress = { gateway, reported: 0 };
  const beat = () => context.heartbeat({ ...progress } satisfies ReconcileProgress);
  beat();
  const timer = setInterval(beat, HEARTBEAT_EVERY_MS);
  try {
    return await work(progress);
  } finally {
    clearInterval(timer);
  }
}

type Progress = { -readonly [K in keyof ReconcileProgress]: ReconcileProgress[K] };

/** Reads all of a report. */
async function readReport(
  report: AsyncIterable<ReportedRefund>,
  progress: Progress,
): Promise<ReportedRefund[]> {
  const refunds: ReportedRefund[] = [];
  for await (const refund of report) {
    refunds.push(refund);
    progress.reported = refunds.length;
    Context.current().cancellationSignal.throwIfAborted();
  }
  return refunds;
}
