import { z } from 'zod';
import { taskKinds } from '../domain/task.ts';

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
  paymentBlocked: z.object({
    uniqueReference: z.string(),
    amount: payment.amount,
    ccLastFour: payment.ccLastFour,
    invoiceGUID: z.string(),
  }),
  paymentHeld: reviewed,
  reviewReminder: reviewed,
  paymentEscalated: reviewed.extend({ escalatedTo: z.string() }),
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
  /** Reconciliation or the coherence check has found what needs a person. */
  taskOpened: z.object({
    taskId: z.int(),
    kind: z.enum(taskKinds),
    summary: z.string(),
    nextStep: z.string(),
  }),
  /** An endpoint of the subscriber's that nothing is sent to any more, without anybody having said so. */
  webhookDisabled: z.object({ endpointId: z.string(), url: z.string(), reason: z.string() }),
};

export type EventType = keyof typeof eventPayloads;

/** Every type, in the order of the table above. */
export const eventTypes = Object.keys(eventPayloads).filter(isEventType);

export function isEventType(name: string): name is EventType {
  return Object.hasOwn(eventPayloads, name);
}

export type EventPayloads = { readonly [T in EventType]: z.infer<(typeof eventPayloads)[T]> };

/** One event as the outbox holds it; its type tells its payload. */
export type OutboxEvent<T extends EventType = EventType> = {
  [K in T]: {
    readonly eventId: string;
    readonly subscriberId: string;
    /** When it was written down, with what it tells of. */
    readonly occurredAt: Date;
    readonly type: K;
    readonly payload: EventPayloads[K];
  };
}[T];

function eventSchema<T extends EventType>(type: T) {
  return z.object({
    eventId: z.string(),
    subscriberId: z.string(),
    occurredAt: z.date(),
    type: z.literal(type),
    payload: eventPayloads[type],
  });
}

/** Reads an event back from where it was stored. */
export const outboxEvent: z.ZodType<OutboxEvent> = z.discriminatedUnion('type', [
  eventSchema('paymentBlocked'),
  eventSchema('paymentHeld'),
  eventSchema('reviewReminder'),
  eventSchema('paymentEscalated'),
  eventSchema('paymentReleased'),
  eventSchema('refundCaptured'),
  eventSchema('refundDeclined'),
  eventSchema('refundFailed'),
  eventSchema('refundReversed'),
  eventSchema('customerBlocked'),
  eventSchema('customerUnblocked'),
  eventSchema('rulesAlert'),
  eventSchema('taskOpened'),
  eventSchema('webhookDisabled'),
]);
