import { z } from 'zod';

const payment = {
  uniqueReference: z.string(),
  amount: z.object({ minor: z.int(), currency: z.string() }),
  ccLastFour: z.string().exactOptional(),
  reasons: z.array(z.string()).readonly(),
};
const reviewed = z.object({ ...payment, reviewDueAt: z.string().exactOptional() });
const unpaid = z.object({ ...payment, refundReference: z.string(), refundStatusReason: z.string() });

/**
 * What is worth telling somebody, by type; the payload is all that a template needs, and nothing personal beyond the
 * last four. Dates are ISO 8601, UTC.
 */
export const eventPayloads = {
  paymentHeld: reviewed,
  reviewReminder: reviewed,
  paymentReleased: z.object({ ...payment, decidedBy: z.string() }),
  refundCaptured: z.object({ ...payment, refundReference: z.string(), decidedBy: z.string() }),
  refundDeclined: unpaid,
  /** `contested`: it was not sent, because the money has gone back another way. */
  refundFailed: unpaid.extend({ contested: z.literal(true).exactOptional() }),
  refundReversed: unpaid,
  customerBlocked: z.object({ customerUuid: z.string(), expiresAt: z.string().exactOptional() }),
  customerUnblocked: z.object({ customerUuid: z.string(), endedBy: z.string(), reason: z.string() }),
  /** The rules asked for a notification on a rules call (sendNotification). */
  rulesAlert: z.object({
    invoiceGUID: z.string(),
    declinePayment: z.boolean(),
    reasons: z.array(z.string()).readonly(),
  }),
};

export type EventType = keyof typeof eventPayloads;

export type EventPayloads = { readonly [T in EventType]: z.infer<(typeof eventPayloads)[T]> };

/** One event as the outbox holds it; its type tells its payload. */
export type OutboxEvent<T extends EventType = EventType> = {
  [K in T]: {
    readonly eventId: string;
    readonly subscriberId: string;
    readonly type: K;
    readonly payload: EventPayloads[K];
  };
}[T];

function eventSchema<T extends EventType>(type: T) {
  return z.object({
    eventId: z.string(),
    subscriberId: z.string(),
    type: z.literal(type),
    payload: eventPayloads[type],
  });
}

/** Reads an event back from where it was stored. */
export const outboxEvent: z.ZodType<OutboxEvent> = z.discriminatedUnion('type', [
  eventSchema('paymentHeld'),
  eventSchema('reviewReminder'),
  eventSchema('paymentReleased'),
  eventSchema('refundCaptured'),
  eventSchema('refundDeclined'),
  eventSchema('refundFailed'),
  eventSchema('refundReversed'),
  eventSchema('customerBlocked'),
  eventSchema('customerUnblocked'),
  eventSchema('rulesAlert'),
]);

/** Where events are told: resolves once the other side has taken the message, rejects where it has not. */
export interface NotificationChannel {
  send(event: OutboxEvent): Promise<void>;
}
