import { z } from 'zod';
import type { Disposition, Facts, PayislandResponse, RuleEffect } from '../../domain/decision.ts';
import { decisionColumns, effect } from './decisions.ts';
import type { Queryable } from '../db/postgres.ts';

/** What became of what was decided on. A payment that was charged back counts as that, whatever became of it before. */
export const laterOutcomes = [
  'charged back',
  'refunded',
  'released',
  'refund failed',
  'still open',
  'rules call only',
] as const;

export type LaterOutcome = (typeof laterOutcomes)[number];

/** A decision as a backtest compares it. */
export interface RecordedDecision {
  readonly decisionId: string;
  readonly subscriberId: string;
  /** The payment's unique reference, or the invoice of a rules call. */
  readonly about: string;
  readonly decidedAt: Date;
  readonly ruleSetHash: string;
  readonly facts: Facts;
  /** Of each rule that added something to the decision, what. */
  readonly results: readonly { readonly ruleId: string; readonly contributed: readonly RuleEffect[] }[];
  readonly response: PayislandResponse;
  readonly disposition: Disposition;
  readonly later: LaterOutcome;
}

/** Which decisions: from `from` up to, and not including, `to`; of one subscriber, or of all. */
export interface DecisionRange {
  readonly from: Date;
  readonly to: Date;
  readonly subscriberId?: string;
}

/** How many decisions there are in the range. */
export async function countDecisions(db: Queryable, range: DecisionRange): Promise<number> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select count(*) as decisions from decisions d where ${IN_RANGE}`,
    rangeParameters(range),
  );
  return z.object({ decisions: z.int() }).parse(rows[0]).decisions;
}

/** The decisions of the range in the order of their time, a batch at a time; none is held longer than its batch. */
export async function* recordedDecisions(
  db: Queryable,
  range: DecisionRange,
  batchSize: number,
): AsyncGenerator<readonly RecordedDecision[]> {
  let next = readBatch(db, range, batchSize, undefined);
  for (;;) {
    const { decisions, last } = await next;
    if (decisions.length === 0) return;
    // Postgres reads the next batch while this one is worked on.
    next = readBatch(db, range, batchSize, last);
    // Who stops early does not wait for it, and must not get its failure as an unhandled one.
    next.catch(() => {});
    yield decisions;
  }
}

interface Batch {
  readonly decisions: readonly RecordedDecision[];
  readonly last: Position | undefined;
}

/** A decision's place in the order; the time as text, since a Date has no microseconds. */
interface Position {
  readonly at: string;
  readonly id: string;
}

const IN_RANGE = `d.decided_at >= $1 and d.decided_at < $2 and ($3::text is null or d.subscriber_id = $3)`;

function rangeParameters({ from, to, subscriberId }: DecisionRange): unknown[] {
  return [from, to, subscriberId ?? null];
}

async function readBatch(
  db: Queryable,
  range: DecisionRange,
  batchSize: number,
  after: Position | undefined,
): Promise<Batch> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select d.id, d.subscriber_id, coalesce(d.unique_reference, d.invoice_guid) as about, d.decided_at,
            d.decided_at::text as position, d.rule_set_hash, d.facts, d.response, d.disposition,
            jsonb_path_query_array(d.results, '$[*] ? (@.contributed.size() > 0)') as results,
            case when d.unique_reference is null then 'rules call only'
                 when exists (select from chargebacks c
                               where c.subscriber_id = d.subscriber_id and c.unique_reference = d.unique_reference)
                   then 'charged back'
                 when p.status = 'refunded' then 'refunded'
                 when p.status = 'released' then 'released'
                 when p.status = 'refundFailed' then 'refund failed'
                 else 'still open' end as later
       from decisions d
       left join payments p on p.subscriber_id = d.subscriber_id and p.unique_reference = d.unique_reference
      where ${IN_RANGE} and ($4::timestamptz is null or (d.decided_at, d.id) > ($4, $5::uuid))
      order by d.decided_at, d.id
      limit $6`,
    [...rangeParameters(range), after?.at ?? null, after?.id ?? null, batchSize],
  );
  const decisions = rows.map(recordedDecision);
  const end = rows.at(-1);
  return { decisions, last: end === undefined ? undefined : positionRow.parse(end) };
}

const positionRow = z
  .object({ position: z.string(), id: z.string() })
  .transform(({ position, id }): Position => ({ at: position, id }));

const recordedRow = z.object({
  id: z.string(),
  subscriber_id: z.string(),
  about: z.string(),
  decided_at: z.date(),
  rule_set_hash: z.string(),
  facts: decisionColumns.facts,
  results: z.array(z.object({ ruleId: z.string(), contributed: z.array(effect) })),
  response: decisionColumns.response,
  disposition: decisionColumns.disposition,
  later: z.enum(laterOutcomes),
});

function recordedDecision(row: unknown): RecordedDecision {
  const { id, subscriber_id, decided_at, rule_set_hash, ...same } = recordedRow.parse(row);
  return {
    ...same,
    decisionId: id,
    subscriberId: subscriber_id,
    decidedAt: decided_at,
    ruleSetHash: rule_set_hash,
  };
}
