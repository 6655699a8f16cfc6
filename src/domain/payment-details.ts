import { formatMoney } from './money.ts';
import { codeBlock, jsonAsCode, list, markdown } from './markdown.ts';
import {
  EXTEND_REVIEW_EXAMPLE,
  GIVE_UP_REFUND_EXAMPLE,
  MARK_REFUND_PAID_EXAMPLE,
  RETRY_REFUND_EXAMPLE,
  UNBLOCK_EXAMPLE,
} from './operator-commands.ts';
import type { BlockedPayment, PaymentStatus, PaymentView } from './payment.ts';

/** One line for the list of runs in the Temporal UI. Nothing personal beyond the last four. */
export function summarisePayment({ uniqueReference, amount, paymentOption }: BlockedPayment): string {
  return `Payment ${uniqueReference}: ${formatMoney(amount)}${card(paymentOption.ccLastFour)}`;
}

/**
 * What stays true of the payment, for the run's details in the Temporal UI: what it is for, and where to look next.
 * Nothing personal beyond the last four.
 */
export function introducePayment(payment: BlockedPayment): string {
  const { merchantAccno, customerAccno, customerUuid, invoiceGUID } = payment;
  const facts = [
    `Merchant account \`${merchantAccno}\``,
    `Customer account \`${customerAccno}\``,
    ...(customerUuid === undefined ? [] : [`Customer \`${customerUuid}\``]),
    `Invoice \`${invoiceGUID}\``,
  ];
  return markdown([
    list(facts),
    'Where it stands and what to paste is told under **Current Details**; it is sent with *More Actions*.',
    'Never *Terminate* a payment: its money would stay blocked, with nobody to look after it.',
  ]);
}

const HEADLINES: Readonly<Record<PaymentStatus, string>> = {
  blocked: 'Blocked: the rules are being asked',
  held: 'Held: waiting for an operator',
  refunding: 'Refund under way',
  released: 'Released to the merchant',
  refunded: 'Refunded to the payment option',
  refundFailed: 'The refund needs a person: find out at the gateway',
};

/** The payment as short Markdown for the Temporal UI's current details: where it stands and what can be done now. */
export function describePayment(view: PaymentView): string {
  const parts = [
    `**${HEADLINES[view.status]}** — ${formatMoney(view.amount)}, payment \`${view.uniqueReference}\``,
  ];
  if (view.reasons.length > 0) parts.push('Why:', list(view.reasons));
  if (view.refundStatus) {
    const reason = view.refundStatusReason ? ` (${view.refundStatusReason})` : '';
    parts.push(`Refund \`${view.refundReference}\`: ${view.refundStatus}${reason}`);
  }
  if (view.status === 'held') {
    parts.push(
      `Decide until ${view.reviewDueAt}: send the Update or Signal \`unblock\`, with refundAmount false to release it.`,
      codeBlock(UNBLOCK_EXAMPLE),
      'More time: send the Signal `extendReview`.',
      codeBlock(EXTEND_REVIEW_EXAMPLE),
    );
  }
  if (view.status === 'refundFailed') {
    parts.push(
      'Look it up at the gateway. If it is paid, or the money has gone back another way, send `markRefundPaid` with the gateway’s own reference for that.',
      codeBlock(MARK_REFUND_PAID_EXAMPLE),
      'If it may still be paid, send `retryRefund`: the gateway is asked again, with the same key.',
      codeBlock(RETRY_REFUND_EXAMPLE),
      'If it never will be, send `giveUpRefund`: the payment goes back to review.',
      codeBlock(GIVE_UP_REFUND_EXAMPLE),
    );
  }
  if (view.messages.length > 0) {
    const messages = view.messages.map(
      ({ at, name, operator, outcome, text }) =>
        `${at} \`${name}\` by ${operator}: ${outcome}: ${jsonAsCode(text)}`,
    );
    parts.push('Messages:', list(messages));
  }
  return markdown(parts);
}

function card(ccLastFour: string | undefined): string {
  return ccLastFour === undefined ? '' : `, card ${ccLastFour}`;
}
