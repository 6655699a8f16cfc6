import { z } from 'zod';
import { type EventType, eventTypes } from '../../notifications/events.ts';
import { audit } from '../books/append.ts';
import { publish } from './outbox.ts';
import type { Queryable } from '../db/postgres.ts';
import { type Actor, type Signed, userName } from '../../domain/people.ts';
import type { Sealer } from '../db/sealing.ts';

/** Where a subscriber's events are sent. */
export interface WebhookEndpoint {
  readonly endpointId: string;
  readonly subscriberId: string;
  readonly url: string;
  /** Null: every event. */
  readonly eventTypes: readonly EventType[] | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly disabledAt: Date | null;
  readonly disabledReason: string | null;
  /** Until when the secret before the present one signs as well. */
  readonly previousSecretUntil: Date | null;
}

/** Which endpoint of whose. */
export interface EndpointRef {
  readonly subscriberId: string;
  readonly endpointId: string;
}

/** Where a subscriber wants its events sent; the id is new. */
export type NewEndpoint = Pick<WebhookEndpoint, 'endpointId' | 'url' | 'eventTypes'>;

/** Adds an endpoint, in a transaction of the caller's. @param sealed the secret of its messages, sealed as the endpoint's */
export async function addEndpoint(
  db: Queryable,
  subscriberId: string,
  { endpointId, url, eventTypes: types }: NewEndpoint,
  sealed: string,
  by: Signed,
): Promise<WebhookEndpoint> {
  const { rows } = await db.query(
    `insert into webhook_endpoints (endpoint_id, subscriber_id, url, event_types, secret, created_by)
     values ($1, $2, $3, $4, $5, $6) returning *`,
    [endpointId, subscriberId, url, types, sealed, userName(by.actor)],
  );
  await note(db, { subscriberId, endpointId }, 'webhookAdded', by);
  return endpointOf(rows[0]);
}

/** One endpoint of a subscriber that was not removed. */
export async function endpointOnRecord(
  db: Queryable,
  { subscriberId, endpointId }: EndpointRef,
): Promise<WebhookEndpoint | undefined> {
  const { rows } = await db.query(
    'select * from webhook_endpoints where subscriber_id = $1 and endpoint_id = $2 and removed_at is null',
    [subscriberId, endpointId],
  );
  return rows[0] === undefined ? undefined : endpointOf(rows[0]);
}

/** The subscriber's endpoints that were not removed, oldest first. */
export async function listEndpoints(db: Queryable, subscriberId: string): Promise<WebhookEndpoint[]> {
  const { rows } = await db.query(
    'select * from webhook_endpoints where subscriber_id = $1 and removed_at is null order by created_at',
    [subscriberId],
  );
  return rows.map(endpointOf);
}

/**
 * Gives an endpoint a new secret, in a transaction of the caller's. The one before signs as well for so many hours,
 * so that the receiver can change over at its leisure; one that still did so from an earlier rotation ends.
 * @param sealed the new secret, sealed as the endpoint's
 * @returns undefined where the subscriber has no such endpoint
 */
export async function rotateSecret(
  db: Queryable,
  ref: EndpointRef,
  sealed: string,
  overlapHours: number,
  by: Signed,
): Promise<WebhookEndpoint | undefined> {
  return change(
    db,
    ref,
    `previous_secret = case when $4 > 0 then secret end,
     previous_expires_at = case when $4 > 0 then now() + make_interval(secs => $4) end, secret = $3`,
    // Whole seconds: Postgres takes no number that is all but nothing.
    [sealed, Math.round(overlapHours * 3600)],
    { action: 'webhookRotated', by },
  );
}

/**
 * Has nothing sent to an endpoint any more, in a transaction of the caller's; what is still due to it is dropped.
 * @returns undefined where the subscriber has no such endpoint
 */
export async function disableEndpoint(
  db: Queryable,
  ref: EndpointRef,
  by: Signed<Actor>,
): Promise<WebhookEndpoint | undefined> {
  const set = 'disabled_at = coalesce(disabled_at, now()), disabled_reason = coalesce(disabled_reason, $3)';
  const endpoint = await change(db, ref, set, [by.reason], { action: 'webhookDisabled', by });
  if (endpoint) await dropDue(db, endpoint);
  return endpoint;
}

/** Locks an endpoint against changes and removal until the caller's transaction is over. */
export async function lockEndpoint(db: Queryable, endpointId: string): Promise<void> {
  await db.query('select from webhook_endpoints where endpoint_id = $1 for no key update', [endpointId]);
}

/**
 * Disables an endpoint that does not want, or take, anything any more, and notifies a person; the caller has it
 * locked.
 * @param url as it may be shown
 */
export async function giveUpEndpoint(
  db: Queryable,
  ref: EndpointRef,
  url: string,
  reason: string,
): Promise<void> {
  const inUse = await db.query(
    'select from webhook_endpoints where endpoint_id = $1 and removed_at is null and disabled_at is null',
    [ref.endpointId],
  );
  if (inUse.rowCount === 0) return;
  await disableEndpoint(db, ref, { actor: { part: 'delivery' }, reason });
  const dedupKey = `${ref.endpointId} ${new Date().toISOString()}`;
  await publish(db, ref.subscriberId, 'webhookDisabled', dedupKey, {
    endpointId: ref.endpointId,
    url,
    reason,
  });
}

/** Has events sent to an endpoint again, from now on. @returns undefined where the subscriber has no such endpoint */
export async function enableEndpoint(
  db: Queryable,
  ref: EndpointRef,
  by: Signed,
): Promise<WebhookEndpoint | undefined> {
  const set = 'disabled_at = null, disabled_reason = null';
  return change(db, ref, set, [], { action: 'webhookEnabled', by });
}

/** Takes an endpoint away; the record of it stays. @returns undefined where the subscriber has no such endpoint */
export async function removeEndpoint(
  db: Queryable,
  ref: EndpointRef,
  by: Signed,
): Promise<WebhookEndpoint | undefined> {
  const endpoint = await change(db, ref, 'removed_at = now()', [], { action: 'webhookRemoved', by });
  if (endpoint) await dropDue(db, endpoint);
  return endpoint;
}

/** Where to send, with every secret that is good now; undefined where nothing is to be sent there any more. */
export async function targetOf(
  db: Queryable,
  sealer: Sealer,
  { subscriberId, endpointId }: EndpointRef,
): Promise<{ readonly url: string; readonly secrets: readonly string[] } | undefined> {
  const { rows } = await db.query(
    `select url, secret, case when previous_expires_at > now() then previous_secret end as previous_secret
       from webhook_endpoints
      where subscriber_id = $1 and endpoint_id = $2 and removed_at is null and disabled_at is null`,
    [subscriberId, endpointId],
  );
  if (rows[0] === undefined) return undefined;
  const { url, secret, previous_secret: previous } = targetRow.parse(rows[0]);
  const sealed = previous === null ? [secret] : [secret, previous];
  return { url, secrets: sealed.map((each) => sealer.open(each, endpointId)) };
}

const targetRow = z.object({
  url: z.string(),
  secret: z.string(),
  previous_secret: z.string().nullable(),
});

async function change(
  db: Queryable,
  ref: EndpointRef,
  set: string,
  values: readonly unknown[],
  { action, by }: { readonly action: string; readonly by: Signed<Actor> },
): Promise<WebhookEndpoint | undefined> {
  const { rows } = await db.query(
    `update webhook_endpoints set ${set}
      where subscriber_id = $1 and endpoint_id = $2 and removed_at is null returning *`,
    [ref.subscriberId, ref.endpointId, ...values],
  );
  if (rows[0] === undefined) return undefined;
  await note(db, ref, action, by);
  return endpointOf(rows[0]);
}

async function dropDue(db: Queryable, { endpointId }: WebhookEndpoint): Promise<void> {
  await db.query(
    `update deliveries set state = 'cancelled', updated_at = now() where endpoint_id = $1 and state = 'pending'`,
    [endpointId],
  );
}

async function note(
  db: Queryable,
  { subscriberId, endpointId }: EndpointRef,
  action: string,
  { actor, reason }: Signed<Actor>,
): Promise<void> {
  await audit(db, { subscriberId, subject: `webhook:${endpointId}`, action, actor, details: { reason } });
}

const endpointRow = z.object({
  endpoint_id: z.string(),
  subscriber_id: z.string(),
  url: z.string(),
  event_types: z.array(z.enum(eventTypes)).nullable(),
  created_by: z.string(),
  created_at: z.date(),
  disabled_at: z.date().nullable(),
  disabled_reason: z.string().nullable(),
  previous_expires_at: z.date().nullable(),
});

function endpointOf(stored: unknown): WebhookEndpoint {
  const row = endpointRow.parse(stored);
  const until = row.previous_expires_at;
  return {
    endpointId: row.endpoint_id,
    subscriberId: row.subscriber_id,
    url: row.url,
    eventTypes: row.event_types,
    createdBy: row.created_by,
    createdAt: row.created_at,
    disabledAt: row.disabled_at,
    disabledReason: row.disabled_reason,
    previousSecretUntil: until !== null && until > new Date() ? until : null,
  };
}
