import { z } from 'zod';
import { taskKinds } from '../domain/task.ts';

/** Optional fields are missing in events of before they were kept, and where there is nothing to say. */
const payment = {
  uniqueReference: z.string(),
  amount: z.object({ minor: z.int(), currency: z.string() }),
  ccLastFour: z.string().exactOptional(),
  invoiceGUID: z.string().exactOptional(),
  merchantAccno: z.string().exactOptional(),
  customerAccno: z.string().exactOptional(),
  /** The run that the event is from, in Temporal. */
  runId: z.string().exactOptional(),
};
const stopped = { ...payment, reasons: z.array(z.string()).readonly() };
const reviewed = z.object({
  ...stopped,
  reviewDueAt: z.string().exactOptional(),
  /** What happens at `reviewDueAt` without a decision. */
  deadlineAction: z.enum(['refund', 'release', 'stayHeld']).exactOptional(),
});
const decided = z.object({
  ...stopped,
  decidedBy: z.enum(['rules', 'operator', 'deadline']),
  /** Who decided, and why; `confirmedBy` is the second operator where two had to agree. */
  operator: z.string().exactOptional(),
  confirmedBy: z.string().exactOptional(),
  reason: z.string().exactOptional(),
});
const unpaid = z.object({ ...stopped, refundReference: z.string(), refundStatusReason: z.string() });

/**
 * The payload of each type of event: all that its mail needs, and of a person no more than account numbers and the
 * card's last four. Dates are ISO 8601, UTC.
 */
export const eventPayloads = {
  paymentBlocked: z.object({ ...payment, invoiceGUID: z.string() }),
  paymentHeld: reviewed,
  reviewReminder: reviewed,
  paymentEscalated: reviewed.extend({ escalatedTo: z.string() }),
  paymentReleased: decided,
  refundCaptured: decided.extend({ refundReference: z.string() }),
  refundDeclined: unpaid,
  /** `contested`: it was not sent, because the money has gone back another way. */
  refundFailed: unpaid.extend({ contested: z.literal(true).exactOptional() }),
  refundReversed: unpaid,
  customerBlocked: z.object({
    customerUuid: z.string(),
    runId: z.string().exactOptional(),
    expiresAt: z.string().exactOptional(),
  }),
  customerUnblocked: z.object({
    customerUuid: z.string(),
    runId: z.string().exactOptional(),
    endedBy: z.string(),
    reason: z.string(),
    /** The block has ended by itself, at its `expiresAt`. */
    expired: z.literal(true).exactOptional(),
  }),
  /** The rules asked for a notification on a rules call (sendNotification). */
  rulesAlert: z.object({
    invoiceGUID: z.string(),
    declinePayment: z.boolean(),
    reasons: z.array(z.string()).readonly(),
  }),
  /** Reconciliation or the consistency check has found something for a person to settle. */
  taskOpened: z.object({
    taskId: z.int(),
    kind: z.enum(taskKinds),
    summary: z.string(),
    nextStep: z.string(),
  }),
  /** One check has found several things at once. */
  tasksOpened: z.object({
    total: z.int(),
    /** Of the first twenty; the summaries in the same order. */
    taskIds: z.array(z.int()).readonly(),
    summaries: z.array(z.string()).readonly(),
  }),
  /** An endpoint that the service has disabled by itself. */
  webhookDisabled: z.object({ endpointId: z.string(), url: z.string(), reason: z.string() }),
  /** The first seal of the audit of a day: its receiver can tell later whether the audit is still what was sealed. */
  auditSealed: z.object({ hash: z.string(), lastId: z.int(), sealedAt: z.string() }),
};

export type EventType = keyof typeof eventPayloads;

/** Every type, in the order of the table above. */
export const eventTypes = Object.keys(eventPayloads).filter(isEventType);

export function isEventType(name: string): name is EventType {
  return Object.hasOwn(eventPayloads, name);
}

export type EventPayloads = { readonly [T in EventType]: z.infer<(typeof eventPayloads)[T]> };

/** One event as the outbox holds it. */
export type OutboxEvent<T extends EventType = EventType> = {
  [K in T]: {
    readonly eventId: string;
    readonly subscriberId: string;
    /** When its change was committed. */
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
  eventSchema('tasksOpened'),
  eventSchema('webhookDisabled'),
  eventSchema('auditSealed'),
]);

/** What mails are written in. */
export const languages = ['en', 'de'] as const;

export type Language = (typeof languages)[number];
