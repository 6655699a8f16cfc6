import { z } from 'zod';
import type { PaymentRef } from '../../domain/ids.ts';
import type { User } from '../../domain/people.ts';
import { type EventType, eventTypes } from '../../notifications/events.ts';
import { audit } from '../books/append.ts';
import { notificationSettingsOf } from './outbox.ts';
import type { Queryable } from '../db/postgres.ts';
import { channelsFor } from '../../settings/notifications.ts';

export const deliveryStates = ['pending', 'delivered', 'failed', 'cancelled'] as const;

export type DeliveryState = (typeof deliveryStates)[number];

/** How the telling of one event to one side stands. */
export interface Delivery {
  readonly deliveryId: string;
  readonly channel: 'email' | 'webhook';
  /** Null: by mail. */
  readonly endpointId: string | null;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** When it is tried again; null where it is not. */
  readonly nextAttemptAt: Date | null;
}

/** An event, and how the telling stands; without deliveries where it has no recipient, or that is not settled yet. */
export interface Notification {
  readonly eventId: string;
  readonly type: EventType;
  readonly occurredAt: Date;
  readonly deliveries: readonly Delivery[];
}

/** One attempt, as it was logged. */
export interface LoggedAttempt {
  readonly deliveryId: string;
  readonly at: Date;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly error: string | null;
  readonly answer: string | null;
}

/** Which events to list. */
export interface NotificationPage {
  readonly type?: EventType | undefined;
  /** Only those with a delivery in this state. */
  readonly state?: DeliveryState | undefined;
  /** Only those older than this event: the last of the page before. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** The subscriber's events and how their telling stands, newest first, a page at a time. */
export async function listNotifications(
  db: Queryable,
  subscriberId: string,
  { type, state, before, limit }: NotificationPage,
): Promise<Notification[]> {
  const { rows } = await db.query(
    `${SELECT} where o.subscriber_id = $1 and ($2::text is null or event_type = $2)
        and ($3::text is null or exists (select from deliveries d where d.event_id = o.event_id and d.state = $3))
        and ($4::uuid is null or (o.created_at, o.event_id) <
             (select created_at, event_id from outbox where event_id = $4 and subscriber_id = $1))
      order by o.created_at desc, o.event_id desc limit $5`,
    [subscriberId, type ?? null, state ?? null, before ?? null, limit],
  );
  return rows.map(notificationOf);
}

/** What was published about a payment and how the telling stands, the first 100 events, oldest first. */
export async function notificationsOfPayment(
  db: Queryable,
  { subscriberId, uniqueReference }: PaymentRef,
): Promise<Notification[]> {
  const { rows } = await db.query(
    `${SELECT} where o.subscriber_id = $1 and o.payload ->> 'uniqueReference' = $2
      order by o.created_at, o.event_id limit 100`,
    [subscriberId, uniqueReference],
  );
  return rows.map(notificationOf);
}

/** One event with all that was tried, oldest first; undefined where the subscriber has no such event. */
export async function showNotification(
  db: Queryable,
  subscriberId: string,
  eventId: string,
): Promise<
  (Notification & { readonly payload: unknown; readonly log: readonly LoggedAttempt[] }) | undefined
> {
  const { rows } = await db.query(`${SELECT} where o.subscriber_id = $1 and o.event_id = $2`, [
    subscriberId,
    eventId,
  ]);
  if (rows[0] === undefined) return undefined;
  const log = await db.query(
    `select a.* from delivery_attempts a join deliveries using (delivery_id) where event_id = $1 order by a.id`,
    [eventId],
  );
  const { payload } = z.object({ payload: z.unknown() }).parse(rows[0]);
  return { ...notificationOf(rows[0]), payload, log: log.rows.map(attemptOf) };
}

/** What a resend came to. */
export type Resent = 'due' | 'unknown' | 'unknownEndpoint' | 'noRecipient';

/**
 * Makes an event due again, in a transaction of the caller's: the same id, from the first attempt on. The
 * lanes are woken by it.
 * @param to an endpoint's id or "email"; undefined: every recipient by the subscriber's settings now
 */
export async function resend(
  db: Queryable,
  subscriberId: string,
  eventId: string,
  to: string | undefined,
  actor: User,
): Promise<Resent> {
  const { rows } = await db.query<{ event_type: EventType }>(
    'select event_type from outbox where subscriber_id = $1 and event_id = $2 for update',
    [subscriberId, eventId],
  );
  if (rows[0] === undefined) return 'unknown';
  const type = rows[0].event_type;
  const wanted =
    to === undefined
      ? channelsFor(await notificationSettingsOf(db, subscriberId), type)
      : { email: to === 'email', webhook: to !== 'email' };
  const { rowCount } = await db.query(
    `insert into deliveries (event_id, channel, endpoint_id)
     select $1::uuid, 'email', null::uuid where $4::boolean
     union all
     select $1, 'webhook', endpoint_id from webhook_endpoints
      where $5 and subscriber_id = $2 and removed_at is null and disabled_at is null
        and case when $6::text is null then event_types is null or $3 = any (event_types)
                 else endpoint_id::text = $6 end
     on conflict (event_id, endpoint_id) do update
       set state = 'pending', attempts = 0, settled_recipients = '{}', next_attempt_at = now(), updated_at = now()`,
    [eventId, subscriberId, type, wanted.email, wanted.webhook, to ?? null],
  );
  if (rowCount === 0) return to === undefined ? 'noRecipient' : 'unknownEndpoint';
  await db.query('update outbox set fanned_out_at = coalesce(fanned_out_at, now()) where event_id = $1', [
    eventId,
  ]);
  await audit(db, {
    subscriberId,
    subject: `notification:${eventId}`,
    action: 'resend',
    actor,
    details: { to: to ?? 'everybody' },
  });
  return 'due';
}

const SELECT = `
  select o.event_id, o.event_type, o.created_at, o.payload,
         (select coalesce(jsonb_agg(jsonb_build_object('deliveryId', delivery_id, 'channel', channel,
                   'endpointId', endpoint_id, 'state', state, 'attempts', attempts,
                   'nextAttemptAt', case when state = 'pending' then next_attempt_at end)
                 order by d.created_at, delivery_id), '[]')
            from deliveries d where d.event_id = o.event_id) as deliveries
    from outbox o`;

const notificationRow = z.object({
  event_id: z.string(),
  event_type: z.enum(eventTypes),
  created_at: z.date(),
  deliveries: z.array(
    z.object({
      deliveryId: z.string(),
      channel: z.enum(['email', 'webhook']),
      endpointId: z.string().nullable(),
      state: z.enum(deliveryStates),
      attempts: z.int(),
      nextAttemptAt: z.coerce.date().nullable(),
    }),
  ),
});

function notificationOf(stored: unknown): Notification {
  const {
    event_id: eventId,
    event_type: type,
    created_at: occurredAt,
    deliveries,
  } = notificationRow.parse(stored);
  return { eventId, type, occurredAt, deliveries };
}

const attemptRow = z.object({
  delivery_id: z.string(),
  at: z.date(),
  duration_ms: z.int(),
  status_code: z.int().nullable(),
  error: z.string().nullable(),
  answer: z.string().nullable(),
});

function attemptOf(stored: unknown): LoggedAttempt {
  const row = attemptRow.parse(stored);
  return {
    deliveryId: row.delivery_id,
    at: row.at,
    durationMs: row.duration_ms,
    statusCode: row.status_code,
    error: row.error,
    answer: row.answer,
  };
}
