import { z } from 'zod';
import {
  type Comparison,
  countsOf,
  differenceKinds,
  type Period,
  type SentRefund,
  subjectsOf,
  taskOf,
  totalsOf,
} from '../../domain/reconciliation.ts';
import { refundStatuses } from '../../domain/refund.ts';
import type { NewTask } from '../../domain/task.ts';
import type { Queryable } from '../db/postgres.ts';
import { closeTask, openFound, openTasks } from '../tasks/tasks.ts';

/** The gateways that refunds on record were sent to. */
export async function gatewaysWithRefunds(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ gateway: string }>(
    'select distinct gateway from refunds where first_submitted_at is not null order by gateway',
  );
  return rows.map(({ gateway }) => gateway);
}

/**
 * Our side: the refunds that were first sent to a gateway in the period, and those, whenever they were sent, that the
 * gateway's report names by their reference or by its own.
 */
export async function sentRefunds(
  db: Queryable,
  gateway: string,
  { from, to }: Period,
  named: { readonly refundReferences: readonly string[]; readonly gatewayReferences: readonly string[] },
): Promise<SentRefund[]> {
  const { rows } = await db.query(
    `select ${COLUMNS} from refunds
      where gateway = $1 and first_submitted_at >= $2 and first_submitted_at < $3
     union
     select ${COLUMNS} from refunds
      where gateway = $1 and first_submitted_at is not null and refund_reference = any($4::uuid[])
     union
     select ${COLUMNS} from refunds
      where gateway = $1 and first_submitted_at is not null and gateway_reference = any($5::text[])`,
    // What a gateway calls our reference may be anything.
    [gateway, from, to, named.refundReferences.filter((text) => UUID.test(text)), named.gatewayReferences],
  );
  return rows.map(sentRefundOf);
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

const COLUMNS = `refund_reference, subscriber_id, unique_reference, gateway_reference, status, amount_minor, currency,
  first_submitted_at`;

const rowSchema = z.object({
  refund_reference: z.string(),
  subscriber_id: z.string(),
  unique_reference: z.string(),
  gateway_reference: z.string().nullable(),
  status: z.enum(refundStatuses),
  amount_minor: z.number(),
  currency: z.string(),
  first_submitted_at: z.date(),
});

function sentRefundOf(raw: unknown): SentRefund {
  const row = rowSchema.parse(raw);
  return {
    subscriberId: row.subscriber_id,
    uniqueReference: row.unique_reference,
    refundReference: row.refund_reference,
    gatewayReference: row.gateway_reference,
    status: row.status,
    amount: { minor: row.amount_minor, currency: row.currency },
    sentAt: row.first_submitted_at,
  };
}

/** One comparison with one gateway. */
export interface ReconciliationRun {
  /** The same when the step is repeated. */
  readonly runId: string;
  readonly gateway: string;
  readonly period: Period;
  readonly startedAt: Date;
  readonly comparisons: readonly Comparison[];
}

/**
 * Records a run, opens a task for each difference, and closes the tasks of differences that are gone; in a transaction
 * of the caller's. A run that is on record already changes nothing.
 * @returns the tasks that its differences are, and how many were opened and closed
 */
export async function recordReconciliation(
  db: Queryable,
  run: ReconciliationRun,
): Promise<{ readonly tasks: readonly NewTask[]; readonly opened: number; readonly closed: number }> {
  const { runId, gateway, period, startedAt, comparisons } = run;
  const tasks = comparisons.flatMap((comparison) => taskOf(comparison, gateway) ?? []);
  const counts = countsOf(comparisons);
  const { rowCount } = await db.query(
    `insert into reconciliation_runs (run_id, gateway, window_from, window_to, matched, missing_here, missing_there,
       amount_differs, status_differs, totals, started_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`,
    [
      runId,
      gateway,
      period.from,
      period.to,
      counts.matched,
      counts.missingHere,
      counts.missingThere,
      counts.amountDiffers,
      counts.statusDiffers,
      JSON.stringify(totalsOf(comparisons)),
      startedAt,
    ],
  );
  if (rowCount === 0) return { tasks, opened: 0, closed: 0 };

  let closed = 0;
  const compared = new Set(comparisons.flatMap((comparison) => subjectsOf(comparison, gateway)));
  const differing = new Set(tasks.map(nameOf));
  for (const open of await openTasks(db, differenceKinds)) {
    if (!compared.has(open.subject) || differing.has(nameOf(open))) continue;
    if (await closeTask(db, open, { part: 'reconciliation' }, 'a later comparison found no such difference'))
      closed += 1;
  }
  return { tasks, opened: await openFound(db, tasks), closed };
}

function nameOf({ kind, subject }: { readonly kind: string; readonly subject: string }): string {
  return `${kind} ${subject}`;
}
