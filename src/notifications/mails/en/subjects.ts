import { formatMoney } from '../../../domain/money.ts';
import type { TaskKind } from '../../../domain/task.ts';
import type { EventPayloads } from '../../events.ts';
import type { Subjects } from '../subjects.ts';

type PaymentPayload = Pick<EventPayloads['paymentHeld'], 'uniqueReference' | 'amount'>;

export const subjects: Subjects = {
  paymentBlocked: (payload) => `Blocked: ${payment(payload)}`,
  paymentHeld: (payload) => `Decide: ${payment(payload)} is held for review`,
  reviewReminder: (payload) => `Reminder: ${payment(payload)} waits for a decision`,
  paymentEscalated: (payload) => `Escalated: ${payment(payload)} waits for a decision`,
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
  webhookDisabled: ({ url }) => `Webhook disabled: ${url} is told nothing more`,
  taskOpened: ({ taskId, kind }) => `Look into it: task ${taskId}, ${TASKS[kind]}`,
};

const TASKS: { readonly [K in TaskKind]: string } = {
  refundFailed: 'a refund has no known outcome',
  missingHere: 'the gateway has a refund that we do not know',
  missingThere: 'a refund of ours is not in the report of the gateway',
  amountDiffers: 'a refund has two amounts',
  statusDiffers: 'a refund came out differently at the gateway',
  incoherent: 'our own records do not agree',
};

function payment({ uniqueReference, amount }: PaymentPayload): string {
  return `payment ${uniqueReference} over ${formatMoney(amount)}`;
}
