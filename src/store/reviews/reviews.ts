import { z } from 'zod';
import type { PaymentRef } from '../../domain/ids.ts';
import type { Money } from '../../domain/money.ts';
import type { Queryable } from '../db/postgres.ts';

/** The states in which a payment waits for a person. */
export const reviewStatuses = ['held', 'refundFailed'] as const;

export type ReviewStatus = (typeof reviewStatuses)[number];

/** A payment that waits for a person. */
export interface Review extends PaymentRef {
  readonly status: ReviewStatus;
  readonly amount: Money;
  readonly customerAccno: string;
  readonly merchantAccno: string;
  readonly customerUuid: string | null;
  readonly invoiceGUID: string;
  /** When it last went into review; of a payment that never was in one (its refund failed), when it was blocked. */
  readonly since: Date;
  /** When the deadline acts; null where none runs: the review is paused, or the refund has failed. */
  readonly dueAt: Date | null;
  readonly pausedAt: Date | null;
  readonly assignedTo: string | null;
  readonly escalatedTo: string | null;
  /** Why it is held, in words. */
  readonly reasons: readonly string[];
  /** The rules that had a say in the decision, in the rule set's order. */
  readonly rules: readonly { readonly ruleId: string; readonly description: string }[];
}

/** Which reviews; what is left out does not matter. */
export interface ReviewFilter {
  readonly status?: ReviewStatus | undefined;
  /** Due at this time or later. */
  readonly dueFrom?: Date | undefined;
  readonly dueBefore?: Date | undefined;
  /** Only those without a due time. */
  readonly undated?: true | undefined;
  readonly currency?: string | undefined;
  /** In minor units of `currency`, both included. */
  readonly minorFrom?: number | undefined;
  readonly minorTo?: number | undefined;
  /** An operator; null: unassigned. */
  readonly assignedTo?: string | null | undefined;
  readonly ruleId?: string | undefined;
  /** A part of the unique reference, the customer's UUID or the invoice, in any case. */
  readonly search?: string | undefined;
}

/** Soonest due first, longest in review first, or largest first within each currency. */
export const reviewOrders = ['due', 'age', 'amount'] as const;

export type ReviewOrder = (typeof reviewOrders)[number];

/** Where a page ended: the place of its last review in the order. Times are in microseconds, as Postgres keeps them. */
export type ReviewPosition =
  | { readonly order: 'due'; readonly at: number | null; readonly uniqueReference: string }
  | { readonly order: 'age'; readonly at: number; readonly uniqueReference: string }
  | {
      readonly order: 'amount';
      readonly currency: string;
      readonly minor: number;
      readonly uniqueReference: string;
    };

/** Which part of the queue. */
export interface ReviewsAsked {
  readonly filter: ReviewFilter;
  readonly order: ReviewOrder;
  /** Where the page before ended; it has the same order. */
  readonly after?: ReviewPosition | undefined;
  readonly limit: number;
}

export interface ReviewPage {
  readonly reviews: readonly Review[];
  /** Where the next page begins; null: this was the last. */
  readonly next: ReviewPosition | null;
}

/** A page of the subscriber's queue. A review that moves between two pages may be seen twice, or not. */
export async function listReviews(
  db: Queryable,
  subscriberId: string,
  { filter, order, after, limit }: ReviewsAsked,
): Promise<ReviewPage> {
  const place = after === undefined ? undefined : placeBeyond(after);
  const { rows } = await db.query<Record<string, unknown>>(
    `select p.subscriber_id, p.unique_reference, p.status, p.amount_minor, p.currency, p.customer_accno, p.merchant_accno,
            p.customer_uuid, p.invoice_guid, p.reasons, p.assigned_to, p.escalated_to, p.paused_at,
            ${SINCE} as since, ${microseconds(SINCE)} as since_position,
            ${DUE} as due_at, ${microseconds(DUE)} as due_position,
            coalesce(jsonb_path_query_array(d.results, '$[*] ? ${HAS_SAY}'), '[]') as rules
       from payments p
       left join decisions d on d.subscriber_id = p.subscriber_id and d.unique_reference = p.unique_reference
      where ${ASKED} ${place === undefined ? '' : `and ${place.condition}`}
      order by ${ORDERS[order]}, p.unique_reference limit $13`,
    [...filterParameters(subscriberId, filter), limit + 1, ...(place?.parameters ?? [])],
  );
  const stored = z.array(reviewRow).parse(rows.slice(0, limit));
  const last = rows.length > limit ? stored.at(-1) : undefined;
  return { reviews: stored.map(reviewOf), next: last === undefined ? null : positionOf(order, last) };
}

/** How many wait, in all and by when they are due; days are UTC. */
export interface ReviewCounts {
  readonly total: number;
  readonly held: number;
  readonly refundFailed: number;
  readonly overdue: number;
  /** Due before the end of the day. */
  readonly today: number;
  readonly later: number;
  readonly undated: number;
}

/** Counts the subscriber's queue, or the part of it that the filter asks for. */
export async function countReviews(
  db: Queryable,
  subscriberId: string,
  filter: ReviewFilter,
  now: Date,
): Promise<ReviewCounts> {
  const { rows } = await db.query<Record<string, unknown>>(
    `select count(*) as total,
            count(*) filter (where p.status = 'held') as held,
            count(*) filter (where p.status = 'refundFailed') as "refundFailed",
            count(*) filter (where ${DUE} < $13) as overdue,
            count(*) filter (where ${DUE} >= $13 and ${DUE} < $14) as today,
            count(*) filter (where ${DUE} >= $14) as later,
            count(*) filter (where ${DUE} is null) as undated
       from payments p where ${ASKED}`,
    [...filterParameters(subscriberId, filter), now, endOfDay(now)],
  );
  return countsRow.parse(rows[0]);
}

/** The midnight (UTC) that the day of `now` ends with. */
export function endOfDay(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1));
}

const SINCE = 'coalesce(p.held_at, p.blocked_at)';
// A pause stops the clock, whatever time it showed.
const DUE = 'case when p.paused_at is null then p.review_due_at end';
/** The rules that `explain` names. */
const HAS_SAY = '(@.outcome == "matched" || @.contributed.size() > 0)';

// The indexes of migration 0010 are in these words.
const ASKED = `p.subscriber_id = $1 and p.status in ('held', 'refundFailed')
  and ($2::text is null or p.status = $2)
  and ($3::timestamptz is null or ${DUE} >= $3)
  and ($4::timestamptz is null or ${DUE} < $4)
  and (not $5 or ${DUE} is null)
  and ($6::text is null or p.currency = $6)
  and ($7::bigint is null or p.amount_minor >= $7)
  and ($8::bigint is null or p.amount_minor <= $8)
  and ($9::text is null or p.assigned_to = $9)
  and (not $10 or p.assigned_to is null)
  and ($11::text is null or exists (
    select from decisions d
     where d.subscriber_id = p.subscriber_id and d.unique_reference = p.unique_reference
       and jsonb_path_exists(d.results, '$[*] ? (@.ruleId == $rule && ${HAS_SAY})',
                             jsonb_build_object('rule', $11))))
  and ($12::text is null or strpos(lower(p.unique_reference), lower($12)) > 0
       or strpos(lower(p.customer_uuid), lower($12)) > 0 or strpos(lower(p.invoice_guid), lower($12)) > 0)`;

const ORDERS: Readonly<Record<ReviewOrder, string>> = {
  due: `coalesce(${DUE}, 'infinity')`,
  age: SINCE,
  amount: 'p.currency, -p.amount_minor',
};

/** What comes after the position in its order. */
function placeBeyond(after: ReviewPosition): { condition: string; parameters: unknown[] } {
  const key = `(${ORDERS[after.order]}, p.unique_reference)`;
  const time = `timestamptz 'epoch' + $14::bigint * interval '1 microsecond'`;
  switch (after.order) {
    case 'due':
      return {
        condition: `${key} > (coalesce(${time}, 'infinity'), $15)`,
        parameters: [after.at, after.uniqueReference],
      };
    case 'age':
      return { condition: `${key} > (${time}, $15)`, parameters: [after.at, after.uniqueReference] };
    case 'amount':
      return {
        condition: `${key} > ($14, -($15::bigint), $16)`,
        parameters: [after.currency, after.minor, after.uniqueReference],
      };
  }
}

function filterParameters(subscriberId: string, filter: ReviewFilter): unknown[] {
  return [
    subscriberId,
    filter.status ?? null,
    filter.dueFrom ?? null,
    filter.dueBefore ?? null,
    filter.undated ?? false,
    filter.currency ?? null,
    filter.minorFrom ?? null,
    filter.minorTo ?? null,
    filter.assignedTo ?? null,
    filter.assignedTo === null,
    filter.ruleId ?? null,
    filter.search ?? null,
  ];
}

function positionOf(order: ReviewOrder, row: z.infer<typeof reviewRow>): ReviewPosition {
  const uniqueReference = row.unique_reference;
  switch (order) {
    case 'due':
      return { order, at: row.due_position, uniqueReference };
    case 'age':
      return { order, at: row.since_position, uniqueReference };
    case 'amount':
      return { order, currency: row.currency, minor: row.amount_minor, uniqueReference };
  }
}

function microseconds(time: string): string {
  return `(extract(epoch from ${time}) * 1000000)::bigint`;
}

const reviewRow = z.object({
  subscriber_id: z.string(),
  unique_reference: z.string(),
  status: z.enum(reviewStatuses),
  amount_minor: z.int(),
  currency: z.string(),
  customer_accno: z.string(),
  merchant_accno: z.string(),
  customer_uuid: z.string().nullable(),
  invoice_guid: z.string(),
  reasons: z.array(z.string()),
  assigned_to: z.string().nullable(),
  escalated_to: z.string().nullable(),
  paused_at: z.date().nullable(),
  since: z.date(),
  since_position: z.int(),
  due_at: z.date().nullable(),
  due_position: z.int().nullable(),
  rules: z.array(z.object({ ruleId: z.string(), description: z.string() })),
});

function reviewOf(row: z.infer<typeof reviewRow>): Review {
  return {
    subscriberId: row.subscriber_id,
    uniqueReference: row.unique_reference,
    status: row.status,
    amount: { minor: row.amount_minor, currency: row.currency },
    customerAccno: row.customer_accno,
    merchantAccno: row.merchant_accno,
    customerUuid: row.customer_uuid,
    invoiceGUID: row.invoice_guid,
    since: row.since,
    dueAt: row.due_at,
    pausedAt: row.paused_at,
    assignedTo: row.assigned_to,
    escalatedTo: row.escalated_to,
    reasons: row.reasons,
    rules: row.rules,
  };
}

const countsRow = z.object({
  total: z.int(),
  held: z.int(),
  refundFailed: z.int(),
  overdue: z.int(),
  today: z.int(),
  later: z.int(),
  undated: z.int(),
});
