import type { EventPayloads, EventType, OutboxEvent } from '../../src/notifications/events.ts';

const payment = {
  uniqueReference: '53234567643',
  amount: { minor: 10_025, currency: 'EUR' },
  ccLastFour: '4242',
  reasons: ['The card holder is not the customer', 'Four cards from one address within an hour'],
};

const payloads: EventPayloads = {
  paymentBlocked: {
    uniqueReference: '53234567643',
    amount: { minor: 10_025, currency: 'EUR' },
    ccLastFour: '4242',
    invoiceGUID: 'invoice-1',
  },
  paymentHeld: { ...payment, reviewDueAt: '2026-11-23T10:30:00.000Z' },
  reviewReminder: { ...payment, reviewDueAt: '2026-11-23T10:30:00.000Z' },
  paymentEscalated: { ...payment, reviewDueAt: '2026-11-23T10:30:00.000Z', escalatedTo: 'fraud-leads' },
  paymentReleased: { ...payment, decidedBy: 'operator' },
  refundCaptured: { ...payment, refundReference: 'refund-1', decidedBy: 'deadline' },
  refundDeclined: { ...payment, refundReference: 'refund-1', refundStatusReason: 'card closed' },
  refundFailed: { ...payment, refundReference: 'refund-1', refundStatusReason: 'no answer within 10000 ms' },
  refundReversed: {
    ...payment,
    refundReference: 'refund-1',
    refundStatusReason: 'reversed by the gateway: account closed',
  },
  customerBlocked: { customerUuid: 'customer-1', expiresAt: '2026-12-01T00:00:00.000Z' },
  customerUnblocked: { customerUuid: 'customer-1', endedBy: 'ana', reason: 'identity confirmed' },
  webhookDisabled: {
    endpointId: 'ab45cfd1-6c2c-4d0c-8b0c-0c1f3a3f9b6e',
    url: 'https://shop.example/hooks',
    reason: 'the receiver says that it is gone for good (410)',
  },
  rulesAlert: { invoiceGUID: 'invoice-1', declinePayment: true, reasons: ['The customer is blocked'] },
  taskOpened: {
    taskId: 7,
    kind: 'missingThere',
    summary: 'Refund refund-1 is CAPTURED here; the report of sandbox does not have it',
    nextStep: 'Look the refund up at the gateway by its reference.',
  },
};

/** An event of a type, with every field that it can have unless it is changed here. */
export function eventOf<T extends EventType>(
  type: T,
  change: Partial<EventPayloads[T]> = {},
): OutboxEvent<T> {
  return {
    eventId: `event-of-${type}`,
    subscriberId: 'demo',
    occurredAt: new Date('2026-11-21T09:00:00Z'),
    type,
    payload: { ...payloads[type], ...change },
  };
}
