import type { EventPayloads, EventType, OutboxEvent } from '../../src/notifications/events.ts';

const payment = {
  uniqueReference: '53234567643',
  amount: { minor: 10_025, currency: 'EUR' },
  ccLastFour: '4242',
  reasons: ['The card holder is not the customer', 'Four cards from one address within an hour'],
};

const payloads: EventPayloads = {
  paymentHeld: { ...payment, reviewDueAt: '2026-11-23T10:30:00.000Z' },
  reviewReminder: { ...payment, reviewDueAt: '2026-11-23T10:30:00.000Z' },
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
  rulesAlert: { invoiceGUID: 'invoice-1', declinePayment: true, reasons: ['The customer is blocked'] },
};

export const eventTypes = Object.keys(payloads).filter((type): type is EventType => type in payloads);

/** An event of a type, with every field that it can have unless it is changed here. */
export function eventOf<T extends EventType>(
  type: T,
  change: Partial<EventPayloads[T]> = {},
): OutboxEvent<T> {
  return {
    eventId: `event-of-${type}`,
    subscriberId: 'demo',
    type,
    payload: { ...payloads[type], ...change },
  };
}
