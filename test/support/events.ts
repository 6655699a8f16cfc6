import type { EventPayloads, EventType, OutboxEvent } from '../../src/notifications/events.ts';

const blocked = {
  uniqueReference: '53234567643',
  amount: { minor: 10_025, currency: 'EUR' },
  ccLastFour: '4242',
  invoiceGUID: 'invoice-1',
  merchantAccno: '444123456',
  customerAccno: '222123456',
  runId: '0198e0a5-9f3c-7d1e-8a51-3f0f2f9f6b11',
};
const payment = {
  ...blocked,
  reasons: ['The card holder is not the customer', 'Four cards from one address within an hour'],
};

const due = { reviewDueAt: '2026-11-23T10:30:00.000Z', deadlineAction: 'refund' } as const;

const payloads: EventPayloads = {
  paymentBlocked: blocked,
  paymentHeld: { ...payment, ...due },
  reviewReminder: { ...payment, ...due },
  paymentEscalated: { ...payment, ...due, escalatedTo: 'fraud-leads' },
  paymentReleased: {
    ...payment,
    decidedBy: 'operator',
    operator: 'ana',
    confirmedBy: 'ben',
    reason: 'the customer has called back',
  },
  refundCaptured: { ...payment, refundReference: 'refund-1', decidedBy: 'deadline' },
  refundDeclined: { ...payment, refundReference: 'refund-1', refundStatusReason: 'card closed' },
  refundFailed: { ...payment, refundReference: 'refund-1', refundStatusReason: 'no answer within 10000 ms' },
  refundReversed: {
    ...payment,
    refundReference: 'refund-1',
    refundStatusReason: 'reversed by the gateway: account closed',
  },
  customerBlocked: {
    customerUuid: 'customer-1',
    runId: blocked.runId,
    expiresAt: '2026-12-01T00:00:00.000Z',
  },
  customerUnblocked: {
    customerUuid: 'customer-1',
    runId: blocked.runId,
    endedBy: 'ana',
    reason: 'identity confirmed',
  },
  webhookDisabled: {
    endpointId: 'ab45cfd1-6c2c-4d0c-8b0c-0c1f3a3f9b6e',
    url: 'https://shop.example/hooks',
    reason: 'the receiver says that it is gone for good (410)',
  },
  auditSealed: { hash: 'ab'.repeat(32), lastId: 4711, sealedAt: '2026-11-30T06:00:00.000Z' },
  rulesAlert: { invoiceGUID: 'invoice-1', declinePayment: true, reasons: ['The customer is blocked'] },
  tasksOpened: {
    total: 2,
    taskIds: [7, 8],
    summaries: [
      'Refund refund-1 is CAPTURED here; the report does not have it',
      'The report of sandbox has a refund that is not on record',
    ],
  },
  taskOpened: {
    taskId: 7,
    kind: 'missingThere',
    summary: 'Refund refund-1 is CAPTURED here; the report of sandbox does not have it',
    nextStep: 'Look the refund up at the gateway by its reference.',
  },
};

/** An event of a type, with every field that goes with the others, unless it is changed here. */
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
