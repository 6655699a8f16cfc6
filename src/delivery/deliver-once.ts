import type pg from 'pg';
import { type NotificationChannel, PartlyTaken } from '../notifications/email.ts';
import type { NewTask } from '../domain/task.ts';
import { timeText } from '../domain/text.ts';
import { outboxEvent } from '../notifications/events.ts';
import { retryDelayMs } from '../notifications/retry-schedule.ts';
import type { WebhookAnswer, WebhookChannel } from '../notifications/webhook.ts';
import { withoutQuery } from '../notifications/webhook-url.ts';
import { recipientsOf } from '../settings/notifications.ts';
import {
  type ClaimedDelivery,
  hasDeliveredSince,
  type Outcome,
  recordAttempt,
} from '../store/notifications/deliveries.ts';
import { notificationSettingsOf } from '../store/notifications/outbox.ts';
import { openTask } from '../store/tasks/tasks.ts';
import { inTransaction, type Queryable } from '../store/db/postgres.ts';
import type { Sealer } from '../store/db/sealing.ts';
import { giveUpEndpoint, lockEndpoint, targetOf } from '../store/notifications/webhook-endpoints.ts';

/** What deliveries are made with. */
export interface DeliveryDeps {
  readonly pool: pg.Pool;
  /** Mail. */
  readonly channel: NotificationChannel;
  readonly webhooks: WebhookChannel;
  /** Opens the webhooks' secrets. */
  readonly sealer: Sealer;
}

/** The outcome of a delivery; `url` is the endpoint's, where it was a webhook. */
interface Told extends WebhookAnswer {
  readonly url?: string;
  /** Of a mail that was not taken for everybody. */
  readonly settled?: readonly string[];
  readonly mail?: PartlyTaken;
}

/** Of an attempt that no answer belongs to: a mail, or what failed here. */
const NOTHING_CAME_BACK: Told = { error: null, statusCode: null, answer: null, pauseMs: 0, gone: false };

/**
 * Makes one attempt at a claimed delivery and records what came of it. A crash in between repeats the attempt, under
 * the same event id, once the claim is taken to be lost.
 * @returns why it was not taken; undefined if it was, or it has no recipient any more
 */
export async function deliverOnce(deps: DeliveryDeps, claimed: ClaimedDelivery): Promise<string | undefined> {
  const at = new Date();
  const started = performance.now();
  const told = await tell(deps, claimed).catch((error: unknown): Told => {
    const nothing = { ...NOTHING_CAME_BACK, error: error instanceof Error ? error.message : String(error) };
    return error instanceof PartlyTaken ? { ...nothing, settled: error.settled, mail: error } : nothing;
  });
  const durationMs = Math.round(performance.now() - started);
  if (told === 'noRecipient') {
    const attempt = { ...NOTHING_CAME_BACK, error: 'the endpoint is disabled or removed', at, durationMs };
    await recordAttempt(deps.pool, claimed, attempt, 'cancelled');
    return undefined;
  }
  const attempt = { ...told, at, durationMs };
  const outcome = outcomeOf(claimed, told);
  if (outcome === 'failed') {
    await inTransaction(deps.pool, async (db) => {
      // Before its delivery, as everybody does who has both: or two that give up would wait for each other.
      if (claimed.endpointId !== null) await lockEndpoint(db, claimed.endpointId);
      await recordAttempt(db, claimed, attempt, outcome);
      if (claimed.endpointId === null) await openTask(db, undeliveredMail(claimed, told));
      else await disableWhereHopeless(db, claimed, told);
    });
  } else await recordAttempt(deps.pool, claimed, attempt, outcome);
  return told.error ?? undefined;
}

async function tell(
  { pool, channel, webhooks, sealer }: DeliveryDeps,
  { event: stored, subscriberId, endpointId, settledRecipients: settled }: ClaimedDelivery,
): Promise<Told | 'noRecipient'> {
  const event = outboxEvent.parse(stored);
  if (endpointId === null) {
    const settings = await notificationSettingsOf(pool, subscriberId);
    const { sender, language, timeZone } = settings;
    const known = settled.length === 0 ? {} : { settled };
    const preferences = { from: sender, to: recipientsOf(settings, event), language, timeZone, ...known };
    await channel.send(event, preferences);
    return NOTHING_CAME_BACK;
  }
  const target = await targetOf(pool, sealer, { subscriberId, endpointId });
  if (!target) return 'noRecipient';
  const message = { id: event.eventId, type: event.type, timestamp: event.occurredAt, data: event.payload };
  return { ...(await webhooks.send(message, target)), url: target.url };
}

function outcomeOf(
  { attempt, endpointId, settledRecipients }: ClaimedDelivery,
  { error, gone, pauseMs, mail }: Told,
): Outcome {
  if (error === null) return 'delivered';
  // Those that refuse for good are in the log; the others have it.
  if (mail?.isFinal) return mail.isTaken || settledRecipients.length > 0 ? 'delivered' : 'failed';
  const delay = retryDelayMs(endpointId === null ? 'email' : 'webhook', attempt, Math.random());
  return gone || delay === undefined ? 'failed' : { retryAfterMs: Math.max(delay, pauseMs) };
}

/** One task a subscriber, for as long as it is open: the mail about it may be given up as well. */
function undeliveredMail({ subscriberId, occurredAt }: ClaimedDelivery, { error }: Told): NewTask {
  return {
    subscriberId,
    kind: 'mailUndelivered',
    subject: 'mail',
    summary:
      `A mail about an event of ${timeText(occurredAt.toISOString())} UTC was given up. ${error ?? ''}`.trim(),
    details: { error },
  };
}

/** An endpoint that is gone, or has taken nothing in all the time that this event was tried, is left alone. */
async function disableWhereHopeless(
  db: Queryable,
  { subscriberId, occurredAt, endpointId }: ClaimedDelivery,
  { url, gone, error }: Told,
): Promise<void> {
  if (endpointId === null || url === undefined) return;
  if (!gone && (await hasDeliveredSince(db, endpointId, occurredAt))) return;
  const reason = gone ? String(error) : `nothing was taken for three days; the last time ${error}`;
  await giveUpEndpoint(db, { subscriberId, endpointId }, withoutQuery(url), reason);
}
