import { z } from 'zod';
import type { Queryable } from './postgres.ts';

/** A delivery that the caller has to itself for a while, to make one attempt. */
export interface ClaimedDelivery {
  readonly deliveryId: string;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** Where to; null: by mail. */
  readonly endpointId: string | null;
  readonly subscriberId: string;
  readonly occurredAt: Date;
  /** As it was stored: reading it is part of the attempt, which may fail. */
  readonly event: unknown;
}

/** Which deliveries: those of an event, or those to an endpoint (null: by mail). */
export type DueOf = { readonly eventId: string } | { readonly endpointId: string | null };

// Longer than an attempt takes. What is claimed and then neither recorded nor given back was lost with its worker.
const LEASE_SECONDS = 60;

/**
 * Claims deliveries that are due, the longest due first. No lock and no connection is held meanwhile: who claims counts
 * an attempt and puts the next one off until the claim is taken to be lost.
 */
export async function claimDue(db: Queryable, of: DueOf, limit: number): Promise<ClaimedDelivery[]> {
  const [where, value] =
    'eventId' in of ? ['event_id = $1', of.eventId] : ['endpoint_id is not distinct from $1', of.endpointId];
  const { rows } = await db.query(
    `with due as (
       select delivery_id from deliveries
        where ${where} and state = 'pending' and next_attempt_at <= now()
        order by next_attempt_at limit $2 for update skip locked),
     claimed as (
       update deliveries d
          set attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => $3), updated_at = now()
         from due where d.delivery_id = due.delivery_id
       returning d.delivery_id, d.event_id, d.endpoint_id, d.attempts)
     select delivery_id, endpoint_id, attempts, o.event_id as "eventId", subscriber_id as "subscriberId",
            created_at as "occurredAt", event_type as type, payload
       from claimed join outbox o using (event_id)`,
    [value, limit, LEASE_SECONDS],
  );
  return rows.map((row: unknown) => {
    const { delivery_id, attempts, endpoint_id, subscriberId, occurredAt } = claimedRow.parse(row);
    return {
      deliveryId: delivery_id,
      attempt: attempts,
      endpointId: endpoint_id,
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
}

/** What becomes of the delivery: it is done, tried again after so many milliseconds, given up, or wanted no more. */
export type Outcome = 'delivered' | 'failed' | 'cancelled' | { readonly retryAfterMs: number };

/**
 * Records an attempt and what becomes of its delivery, in a transaction of the caller's. Where the claim was lost in
 * the meantime, or the delivery asked for anew, only the attempt is recorded.
 */
export async function recordAttempt(
  db: Queryable,
  { deliveryId, attempt }: Pick<ClaimedDelivery, 'deliveryId' | 'attempt'>,
  { at, durationMs, statusCode, error, answer }: Attempt,
  outcome: Outcome,
): Promise<void> {
  await db.query(
    `insert into delivery_attempts (delivery_id, at, duration_ms, status_code, error, answer)
     values ($1, $2, $3, $4, $5, $6)`,
    [deliveryId, at, durationMs, statusCode, storable(error), storable(answer)],
  );
  const retry = typeof outcome === 'object';
  await db.query(
    `update deliveries set state = $3, updated_at = now(),
            next_attempt_at = case when $4::double precision is null then next_attempt_at
                                   else now() + make_interval(secs => $4) end
      where delivery_id = $1 and attempts = $2 and state = 'pending'`,
    [deliveryId, attempt, retry ? 'pending' : outcome, retry ? outcome.retryAfterMs / 1000 : null],
  );
}

/** What somebody else's server said, without what no Postgres text can hold. */
function storable(text: string | null): string | null {
  return text?.replaceAll('\0', '') ?? null;
}

/** The endpoints that something is due to, the longest due first; null among them: something is due by mail. */
export async function dueLanes(db: Queryable, limit: number): Promise<(string | null)[]> {
  const { rows } = await db.query<{ endpoint_id: string | null }>(
    `select endpoint_id from deliveries where state = 'pending' and next_attempt_at <= now()
      group by endpoint_id order by min(next_attempt_at) limit $1`,
    [limit],
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
