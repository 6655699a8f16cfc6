import { formatMoney } from '../domain/money.ts';
import type { EventPayloads, EventType } from './events.ts';

type PaymentPayload = Pick<EventPayloads['paymentHeld'], 'uniqueReference' | 'amount'>;

/** The subject of the mail about each event: what happened to what, so that the inbox alone tells it. */
export const subjects: { readonly [T in EventType]: (payload: EventPayloads[T]) => string } = {
  paymentHeld: (payload) => `Decide: ${payment(payload)} is held for review`,
  reviewReminder: (payload) => `Reminder: ${payment(payload)} waits for a decision`,
  paymentReleased: (payload) => `Released: ${payment(payload)} goes to the merchant`,
  refundCaptured: (payload) => `Refunded: ${payment(payload)}`,
  refundDeclined: (payload) => `Decide: the refund of ${payment(payload)} was declined`,
  refundFailed: (payload) =>
    payload.contested
      ? `Find out: the money of ${payment(payload)} has gone back another way`
      : `Find out: the refund of ${payment(payload)} has no known outcome`,
  refundReversed: (payload) => `Decide: the refund of ${payment(payload)} came back`,
  customerBlocked: ({ customerUuid }) => `Blocked: customer ${customerUuid}`,
  customerUnblocked: ({ customerUuid }) => `Unblocked: customer ${customerUuid}`,
  rulesAlert: ({ invoiceGUID, declinePayment }) =>
    `Rules: ${declinePayment ? 'decline the payment of' : 'take note of'} invoice ${invoiceGUID}`,
};

function payment({ uniqueReference, amount }: PaymentPayload): string {
  return `payment ${uniqueReference} over ${formatMoney(amount)}`;
}
