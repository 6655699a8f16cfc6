import { createHash } from 'node:crypto';
import type pg from 'pg';
import {
  type EventPayloads,
  type EventType,
  type NotificationChannel,
  outboxEvent,
} from '../notifications/events.ts';
import { inTransaction, type Queryable } from './postgres.ts';

/**
 * Puts an event into the outbox, in the transaction of the change it tells of.
 * @param occasion names the one occasion among the subscriber's, so that a repeated step announces nothing twice
 * @returns the event's id, the same for the same occasion
 */
export async function announce<T extends EventType>(
  db: Queryable,
  subscriberId: string,
  type: T,
  occasion: string,
  payload: EventPayloads[T],
): Promise<string> {
  const eventId = eventIdOf(`${subscriberId} ${type} ${occasion}`);
  await db.query(
    `insert into outbox (event_id, subscriber_id, event_type, payload) values ($1, $2, $3, $4)
     on conflict (event_id) do nothing`,
    [eventId, subscriberId, type, payload],
  );
  return eventId;
}

/**
 * Sends one event and records it as delivered. The row stays locked meanwhile, so two callers send it once; a crash
 * between sending and recording repeats it, under the same event id.
 * @returns false if it was delivered before, or somebody else is at it
 * @throws whatever the channel threw; the attempt is counted
 */
export async function deliver(
  pool: pg.Pool,
  eventId: string,
  channel: NotificationChannel,
): Promise<boolean> {
  const sent = await inTransaction(pool, async (db) => {
    const { rows } = await db.query(
      `select event_id as "eventId", subscriber_id as "subscriberId", event_type as type, payload from outbox
       where event_id = $1 and delivered_at is null for update skip locked`,
      [eventId],
    );
    if (rows[0] === undefined) return 'nothing' as const;
    const failure = await channel.send(outboxEvent.parse(rows[0])).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
    await db.query(
      `update outbox set attempts = attempts + 1, last_error = $2,
              delivered_at = case when $2::text is null then now() end
       where event_id = $1`,
      [eventId, failure?.message ?? null],
    );
    return failure ?? ('sent' as const);
  });
  if (sent instanceof Error) throw sent;
  return sent === 'sent';
}

/** Events that nobody has delivered within `olderThanSeconds`, oldest first. */
export async function undelivered(db: Queryable, olderThanSeconds: number, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ event_id: string }>(
    `select event_id from outbox where delivered_at is null and created_at < now() - make_interval(secs => $1)
     order by created_at limit $2`,
    [olderThanSeconds, limit],
  );
  return rows.map((row) => row.event_id);
}

function eventIdOf(occasion: string): string {
  const hex = createHash('sha256').update(occasion).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
