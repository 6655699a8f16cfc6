import type { Money } from '../domain/money.ts';

interface PaymentFacts {
  readonly uniqueReference: string;
  readonly amount: Money;
  readonly ccLastFour?: string;
  readonly reasons: readonly string[];
}

/** What is worth telling somebody, by type; the payload is all that a template needs. Nothing personal beyond last four. */
export interface EventPayloads {
  readonly paymentHeld: PaymentFacts & { readonly reviewDueAt?: string };
  readonly reviewReminder: PaymentFacts & { readonly reviewDueAt?: string };
  readonly paymentReleased: PaymentFacts & { readonly decidedBy: string };
  readonly refundCaptured: PaymentFacts & { readonly refundReference: string; readonly decidedBy: string };
  readonly refundDeclined: PaymentFacts & {
    readonly refundReference: string;
    readonly refundStatusReason: string;
  };
  readonly refundFailed: PaymentFacts & {
    readonly refundReference: string;
    readonly refundStatusReason: string;
  };
  readonly customerBlocked: { readonly customerUuid: string; readonly expiresAt?: string };
  readonly customerUnblocked: {
    readonly customerUuid: string;
    readonly endedBy: string;
    readonly reason: string;
  };
  /** The rules asked for a notification on a rules call (sendNotification). */
  readonly rulesAlert: {
    readonly invoiceGUID: string;
    readonly declinePayment: boolean;
    readonly reasons: readonly string[];
  };
}

export type EventType = keyof EventPayloads;

/** One event as the outbox holds it; its type tells its payload. */
export type OutboxEvent<T extends EventType = EventType> = {
  [K in T]: {
    readonly eventId: string;
    readonly subscriberId: string;
    readonly type: K;
    readonly payload: EventPayloads[K];
  };
}[T];

/** Where events are told: resolves once the other side has taken the message, rejects where it has not. */
export interface NotificationChannel {
  send(event: OutboxEvent): Promise<void>;
}
