import { z } from 'zod';
import type { RecordedPayment, StuckEvent } from '../../domain/consistency.ts';
import type { CustomerRef, PaymentRef } from '../../domain/ids.ts';
import { paymentStatuses } from '../../domain/payment.ts';
import { refundStatuses } from '../../domain/refund.ts';
import type { Queryable } from '../db/postgres.ts';

/** Those under way are gone through round and round; those that have ended once, soon after their end. */
export type Scan = 'underWay' | 'ended';

/** Where a scan has come to. */
export interface Position extends PaymentRef {
  /** As Postgres writes it, to the microsecond. */
  readonly endedAt: string;
}

/**
 * The next payments of a scan, from where it has come to. What has changed a moment ago is left for later: its run and
 * its row may be a step apart.
 */
export async function nextPayments(db: Queryable, scan: Scan, limit: number): Promise<Position[]> {
  const { rows } = await db.query<Position>(SCANS[scan], [limit]);
  return rows;
}

const SCANS: { readonly [S in Scan]: string } = {
  underWay: `
    select p.subscriber_id as "subscriberId", p.unique_reference as "uniqueReference", '-infinity' as "endedAt"
      from consistency_cursors c join payments p
        on (p.subscriber_id, p.unique_reference) > (c.subscriber_id, c.unique_reference)
     where c.scan = 'underWay' and p.ended_at is null and p.updated_at < now() - interval '2 minutes'
     order by p.subscriber_id, p.unique_reference limit $1`,
  // A run goes on for a while after the end: its handlers and its journal finish first.
  ended: `
    select p.subscriber_id as "subscriberId", p.unique_reference as "uniqueReference", p.ended_at::text as "endedAt"
      from consistency_cursors c join payments p
        on (p.ended_at, p.subscriber_id, p.unique_reference) > (c.ended_at, c.subscriber_id, c.unique_reference)
     where c.scan = 'ended' and p.ended_at is not null and p.ended_at < now() - interval '15 minutes'
     order by p.ended_at, p.subscriber_id, p.unique_reference limit $1`,
};

/** Records how far a scan has come. @param position undefined: it begins again */
export async function moveTo(
  db: Queryable,
  scan: Scan | 'customers',
  position: Position | undefined,
): Promise<void> {
  const { endedAt, subscriberId, uniqueReference } = position ?? START;
  await db.query(
    'update consistency_cursors set ended_at = $2, subscriber_id = $3, unique_reference = $4 where scan = $1',
    [scan, endedAt, subscriberId, uniqueReference],
  );
}

const START: Position = { endedAt: '-infinity', subscriberId: '', uniqueReference: '' };

const rowSchema = z.object({
  subscriber_id: z.string(),
  unique_reference: z.string(),
  status: z.enum(paymentStatuses),
  amount_minor: z.number(),
  currency: z.string(),
  blocked: z.number(),
  in_transit: z.number(),
  refund: z
    .object({
      refundReference: z.string(),
      gateway: z.string(),
      status: z.enum(refundStatuses),
      since: z.coerce.date(),
      saidByGateway: z.boolean(),
    })
    .nullable(),
});

/** What the record has of the payments, each seen at one moment; those that are not on record are left out. */
export async function recordedPayments(
  db: Queryable,
  refs: readonly PaymentRef[],
): Promise<RecordedPayment[]> {
  const balance = (kind: string) => `
    coalesce((select sum(amount_minor) from postings
               where subscriber_id = p.subscriber_id and account_kind = '${kind}' and account_ref = p.unique_reference
                 and currency = p.currency), 0)::bigint`;
  const { rows } = await db.query(
    `select p.subscriber_id, p.unique_reference, p.status, p.amount_minor - p.elsewhere_minor as amount_minor, p.currency,
            ${balance('blocked')} as blocked, ${balance('refundInTransit')} as in_transit,
            (select jsonb_build_object(
                      'refundReference', r.refund_reference, 'gateway', r.gateway, 'status', r.status,
                      'since', coalesce(said.at, r.created_at), 'saidByGateway', coalesce(r.settled_by_kind, 'part') = 'part')
               from refunds r
               left join lateral (
                 select at from audit
                  where subscriber_id = p.subscriber_id and subject = 'payment:' || p.unique_reference
                    and action = 'refund' || r.status and details ->> 'refundReference' = r.refund_reference::text
                  order by id desc limit 1) as said on true
              where r.subscriber_id = p.subscriber_id and r.unique_reference = p.unique_reference
              order by r.attempt desc limit 1) as refund
       from unnest($1::text[], $2::text[]) as asked (subscriber_id, unique_reference)
       join payments p using (subscriber_id, unique_reference)`,
    [refs.map(({ subscriberId }) => subscriberId), refs.map(({ uniqueReference }) => uniqueReference)],
  );
  return rows.map((raw) => {
    const row = rowSchema.parse(raw);
    return {
      subscriberId: row.subscriber_id,
      uniqueReference: row.unique_reference,
      status: row.status,
      amount: { minor: row.amount_minor, currency: row.currency },
      blocked: row.blocked,
      inTransit: row.in_transit,
      refund: row.refund,
    };
  });
}

/**
 * For each subscriber with events that are undelivered for an hour, the oldest of them: it was not fanned out, a mail is
 * not taken, or a delivery is due and not made. A webhook endpoint that takes nothing is its owner's affair, and is tried
 * for days.
 */
export async function stuckEvents(db: Queryable): Promise<StuckEvent[]> {
  const { rows } = await db.query<StuckEvent>(
    `with stuck as (
       select event_id, null::uuid as delivery_id from outbox where fanned_out_at is null
       union all
       select event_id, delivery_id from deliveries
        where state = 'pending' and (channel = 'email' and attempts > 0 or next_attempt_at < now() - interval '1 hour'))
     select distinct on (subscriber_id) subscriber_id as "subscriberId", event_id as "eventId", event_type as type,
            created_at as "createdAt", last.error as "lastError"
       from stuck join outbox using (event_id)
       left join lateral (
         select error from delivery_attempts where delivery_id = stuck.delivery_id order by id desc limit 1) as last on true
      where created_at < now() - interval '1 hour'
      order by subscriber_id, created_at`,
  );
  return rows;
}

/** A customer's block that is on record as on. */
export interface RecordedBlock extends CustomerRef {
  readonly expiresAt: Date | null;
}

/**
 * The next blocks that are on, from where the scan has come to, round and round. What was stored a moment ago is left for
 * later: its run may not be seen yet.
 */
export async function nextBlocks(db: Queryable, limit: number): Promise<RecordedBlock[]> {
  const { rows } = await db.query<RecordedBlock>(
    `select b.subscriber_id as "subscriberId", b.customer_uuid as "customerUuid", b.expires_at as "expiresAt"
       from consistency_cursors c join customer_blocks b
         on (b.subscriber_id, b.customer_uuid) > (c.subscriber_id, c.unique_reference)
      where c.scan = 'customers' and b.ended_at is null and b.blocked_at < now() - interval '2 minutes'
      order by b.subscriber_id, b.customer_uuid limit $1`,
    [limit],
  );
  return rows;
}

/** Records how far the scan of blocks has come. @param block undefined: it begins again */
export async function moveToBlock(db: Queryable, block: CustomerRef | undefined): Promise<void> {
  const position = block && {
    ...START,
    subscriberId: block.subscriberId,
    uniqueReference: block.customerUuid,
  };
  await moveTo(db, 'customers', position);
}

/** Those of the customers that are blocked on record. */
export async function blocksOf(db: Queryable, customers: readonly CustomerRef[]): Promise<RecordedBlock[]> {
  const { rows } = await db.query<RecordedBlock>(
    `select b.subscriber_id as "subscriberId", b.customer_uuid as "customerUuid", b.expires_at as "expiresAt"
       from customer_blocks b join unnest($1::text[], $2::text[]) as asked (subscriber_id, customer_uuid)
         using (subscriber_id, customer_uuid)
      where b.ended_at is null`,
    [customers.map(({ subscriberId }) => subscriberId), customers.map(({ customerUuid }) => customerUuid)],
  );
  return rows;
}
