import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type EventPayloads, type EventType, eventTypes } from '../../notifications/events.ts';
import { channelsFor, NOTHING_SET, type NotificationSettings } from '../../settings/notifications.ts';
import { append, type OutboxEvent } from '../books/append.ts';
import type { Queryable } from '../db/postgres.ts';
import { settingsInForce, SettingsRefused } from '../settings/settings.ts';

/**
 * Puts an event into the outbox, in the transaction of the change it reports.
 * @returns the event's id, the same for the same occasion
 */
export async function publish<T extends EventType>(
  db: Queryable,
  subscriberId: string,
  type: T,
  dedupKey: string,
  payload: EventPayloads[T],
): Promise<string> {
  const event = newEvent(subscriberId, type, dedupKey, payload);
  await append(db, { events: [event] });
  return event.eventId;
}

/**
 * An event to append to the outbox.
 * @param dedupKey names the one occasion among the subscriber's events of this type, so that a repeated step publishes
 *   nothing twice
 */
export function newEvent<T extends EventType>(
  subscriberId: string,
  type: T,
  dedupKey: string,
  payload: EventPayloads[T],
): OutboxEvent {
  return { eventId: eventIdOf(`${subscriberId} ${type} ${dedupKey}`), subscriberId, type, payload };
}

const eventRow = z.object({
  event_id: z.string(),
  subscriber_id: z.string(),
  event_type: z.enum(eventTypes),
});

/** Whether there are events that are not fanned out. */
export async function hasNewEvents(db: Queryable): Promise<boolean> {
  const { rowCount } = await db.query('select from outbox where fanned_out_at is null limit 1');
  return rowCount === 1;
}

/**
 * Fans new events out, oldest first, in a transaction of the caller's: a delivery by mail, and one for each endpoint that
 * wants it, by what the subscriber prefers now. Each is due since its event was published, which keeps them in order.
 * Events that another transaction is fanning out are left to it.
 * @param limit how many events at most
 * @param onUnreadable called for a subscriber whose settings cannot be read: its events stay as they are
 * @returns how many were fanned out
 */
export async function fanOut(
  db: Queryable,
  limit: number,
  onUnreadable: (subscriberId: string, error: unknown) => void,
): Promise<number> {
  const { rows } = await db.query(
    `select event_id, subscriber_id, event_type from outbox
      where fanned_out_at is null order by created_at limit $1 for update skip locked`,
    [limit],
  );
  if (rows.length === 0) return 0;
  const events = rows.map((row) => eventRow.parse(row));
  const settings = new Map<string, NotificationSettings>();
  for (const subscriberId of new Set(events.map((event) => event.subscriber_id))) {
    try {
      settings.set(subscriberId, await notificationSettingsOf(db, subscriberId));
    } catch (error) {
      if (!(error instanceof SettingsRefused)) throw error;
      onUnreadable(subscriberId, error);
    }
  }
  const settled = events.flatMap((event) => {
    const preferred = settings.get(event.subscriber_id);
    return preferred ? [{ event_id: event.event_id, ...channelsFor(preferred, event.event_type) }] : [];
  });
  await db.query(
    `with event as (
       select event_id, subscriber_id, event_type, created_at, email, webhook
         from jsonb_to_recordset($1) as wanted (event_id uuid, email boolean, webhook boolean)
         join outbox using (event_id))
     insert into deliveries (event_id, channel, endpoint_id, next_attempt_at)
     select event_id, 'email', null::uuid, created_at from event where email
     union all
     select event_id, 'webhook', endpoint_id, event.created_at from event join webhook_endpoints using (subscriber_id)
      where webhook and removed_at is null and disabled_at is null
        and (event_types is null or event_type = any (event_types))
     on conflict (event_id, endpoint_id) do nothing`,
    [JSON.stringify(settled)],
  );
  await db.query('update outbox set fanned_out_at = now() where event_id = any ($1)', [
    settled.map((event) => event.event_id),
  ]);
  return settled.length;
}

/** What the subscriber, or '*' for all, has set. */
export async function notificationSettingsOf(
  db: Queryable,
  subscriberId: string,
): Promise<NotificationSettings> {
  return (await settingsInForce(db, 'notifications', subscriberId))?.settings ?? NOTHING_SET;
}

function eventIdOf(dedupKey: string): string {
  const hex = createHash('sha256').update(dedupKey).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
