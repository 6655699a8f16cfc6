import { storable } from '../../domain/text.ts';
import { z } from 'zod';
import type { Queryable } from '../db/postgres.ts';

/** A delivery that the caller has to itself for a while, to make one attempt. */
export interface ClaimedDelivery {
  readonly deliveryId: string;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  readonly endpointId: DeliveryTarget;
  readonly subscriberId: string;
  readonly occurredAt: Date;
  /** Recipients of a mail that need no further attempt. */
  readonly settledRecipients: readonly string[];
  /** As it was stored: reading it is part of the attempt, which may fail. */
  readonly event: unknown;
}

/** Where deliveries go: an endpoint's id, or null for mail. */
export type DeliveryTarget = string | null;

// Twice what an attempt may take. What is claimed and then neither recorded nor given back was lost with its worker.
const LEASE_SECONDS = 20;

/**
 * Claims deliveries to one target that are due, the longest due first. No lock and no connection is held meanwhile: a
 * claim counts an attempt and puts the next one off until the claim is taken to be lost.
 */
export async function claimDue(
  db: Queryable,
  target: DeliveryTarget,
  limit: number,
): Promise<ClaimedDelivery[]> {
  const { rows } = await db.query(
    `with due as (
       select delivery_id from deliveries
        where ${target === null ? 'endpoint_id is null and $1::uuid is null' : 'endpoint_id = $1'}
          and state = 'pending' and next_attempt_at <= now()
        order by next_attempt_at limit $2 for update skip locked),
     claimed as (
       update deliveries d
          set attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => $3), updated_at = now()
         from due where d.delivery_id = due.delivery_id
       returning d.delivery_id, d.event_id, d.endpoint_id, d.attempts, d.settled_recipients)
     select delivery_id, endpoint_id, attempts, settled_recipients, o.event_id as "eventId", subscriber_id as "subscriberId",
            created_at as "occurredAt", event_type as type, payload
       from claimed join outbox o using (event_id) order by created_at`,
    [target, limit, LEASE_SECONDS],
  );
  return rows.map((row: unknown) => {
    const { delivery_id, attempts, endpoint_id, settled_recipients, subscriberId, occurredAt } =
      claimedRow.parse(row);
    return {
      deliveryId: delivery_id,
      attempt: attempts,
      endpointId: endpoint_id,
      settledRecipients: settled_recipients,
      subscriberId,
      occurredAt,
      event: row,
    };
  });
}

const claimedRow = z.object({
  delivery_id: z.string(),
  endpoint_id: z.string().nullable(),
  attempts: z.int(),
  settled_recipients: z.array(z.string()),
  subscriberId: z.string(),
  occurredAt: z.date(),
});

/** What came of an attempt, for the log. */
export interface Attempt {
  readonly at: Date;
  readonly durationMs: number;
  readonly statusCode: number | null;
  /** Null: it was taken. */
  readonly error: string | null;
  readonly answer: string | null;
  /** Recipients of a mail that it was taken for, or refused for good. */
  readonly settled?: readonly string[] | undefined;
}

/** What becomes of the delivery: it is done, tried again after so many milliseconds, given up, or wanted no more. */
export type Outcome = 'delivered' | 'failed' | 'cancelled' | { readonly retryAfterMs: number };

/**
 * Records an attempt and what becomes of its delivery, in one statement. Where the claim was lost in the meantime, or the
 * delivery asked for anew, only the attempt is recorded.
 */
export async function recordAttempt(
  db: Queryable,
  { deliveryId, attempt }: Pick<ClaimedDelivery, 'deliveryId' | 'attempt'>,
  { at, durationMs, statusCode, error, answer, settled = [] }: Attempt,
  outcome: Outcome,
): Promise<void> {
  const retry = typeof outcome === 'object';
  await db.query(
    `with attempt as (
       insert into delivery_attempts (delivery_id, at, duration_ms, status_code, error, answer)
       values ($1, $5, $6, $7, $8, $9))
     update deliveries set state = $3, updated_at = now(), settled_recipients = settled_recipients || $10,
            next_attempt_at = case when $4::double precision is null then next_attempt_at
                                   else now() + make_interval(secs => $4) end
      where delivery_id = $1 and attempts = $2 and state = 'pending'`,
    [
      deliveryId,
      attempt,
      retry ? 'pending' : outcome,
      retry ? outcome.retryAfterMs / 1000 : null,
      at,
      durationMs,
      statusCode,
      error === null ? null : storable(error),
      answer === null ? null : storable(answer),
      settled,
    ],
  );
}

/**
 * The endpoints that something is due to, the longest due first. It reads one index entry for each endpoint with anything
 * pending, however long their backlogs are.
 */
export async function dueEndpoints(db: Queryable): Promise<string[]> {
  const first = (after: string) => `
    select endpoint_id, next_attempt_at from deliveries
     where state = 'pending' and endpoint_id ${after} order by endpoint_id, next_attempt_at limit 1`;
  const { rows } = await db.query<{ endpoint_id: string }>(
    `with recursive next as (
       (${first('is not null')})
       union all
       select following.* from next cross join lateral (${first('> next.endpoint_id')}) as following)
     select endpoint_id from next where next_attempt_at <= now() order by next_attempt_at`,
  );
  return rows.map((row) => row.endpoint_id);
}

/** Whether the endpoint has taken anything since. */
export async function hasDeliveredSince(db: Queryable, endpointId: string, since: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from deliveries where endpoint_id = $1 and state = 'delivered' and updated_at >= $2 limit 1`,
    [endpointId, since],
  );
  return rowCount === 1;
}

/** Whether something has been due for so long without an attempt: nothing is delivering, or it does not keep up. */
export async function isDeliveryLate(db: Queryable, minutes: number): Promise<boolean> {
  const { rows } = await db.query<{ late: boolean }>(
    `select exists (select from outbox where fanned_out_at is null and created_at < now() - make_interval(mins => $1))
         or exists (select from deliveries where state = 'pending' and next_attempt_at < now() - make_interval(mins => $1))
         as late`,
    [minutes],
  );
  return rows[0]?.late === true;
}
