import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type EventPayloads, type EventType, eventTypes } from '../notifications/events.ts';
import { channelsFor, NOTHING_SET, type NotificationSettings } from '../settings/notifications.ts';
import type { Queryable } from './postgres.ts';
import { settingsInForce } from './settings.ts';

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

/** Events of which it is not settled yet who is told, oldest first. */
export async function notFannedOut(db: Queryable, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ event_id: string }>(
    'select event_id from outbox where fanned_out_at is null order by created_at limit $1',
    [limit],
  );
  return rows.map((row) => row.event_id);
}

const eventRow = z.object({ subscriber_id: z.string(), event_type: z.enum(eventTypes) });

/**
 * Settles who is told of an event, in a transaction of the caller's: a delivery by mail, and one for each endpoint that
 * wants it, by what the subscriber prefers now. Of an event that is settled, or that somebody else is at, nothing changes.
 */
export async function fanOut(db: Queryable, eventId: string): Promise<void> {
  const { rows } = await db.query(
    `select subscriber_id, event_type from outbox
      where event_id = $1 and fanned_out_at is null for update skip locked`,
    [eventId],
  );
  if (rows[0] === undefined) return;
  const { subscriber_id: subscriberId, event_type: type } = eventRow.parse(rows[0]);
  const { email, webhook } = channelsFor(await notificationSettingsOf(db, subscriberId), type);
  await db.query(
    `insert into deliveries (event_id, channel, endpoint_id)
     select $1::uuid, 'email', null::uuid where $4::boolean
     union all
     select $1, 'webhook', endpoint_id from webhook_endpoints
      where $5 and subscriber_id = $2 and removed_at is null and disabled_at is null
        and (event_types is null or $3 = any (event_types))
     on conflict (event_id, endpoint_id) do nothing`,
    [eventId, subscriberId, type, email, webhook],
  );
  await db.query('update outbox set fanned_out_at = now() where event_id = $1', [eventId]);
}

/** What the subscriber, or '*' for all, has set. */
export async function notificationSettingsOf(
  db: Queryable,
  subscriberId: string,
): Promise<NotificationSettings> {
  return (await settingsInForce(db, 'notifications', subscriberId))?.settings ?? NOTHING_SET;
}

function eventIdOf(occasion: string): string {
  const hex = createHash('sha256').update(occasion).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
