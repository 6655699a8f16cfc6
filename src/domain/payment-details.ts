import { formatMoney } from './money.ts';
import { EXTEND_REVIEW_EXAMPLE, UNBLOCK_EXAMPLE } from './operator-commands.ts';
import type { BlockedPayment, PaymentStatus, PaymentView } from './payment.ts';

/** One line for the list of runs in the Temporal UI. Nothing personal beyond the last four. */
export function summarisePayment({ uniqueReference, amount, paymentOption }: BlockedPayment): string {
  return `Payment ${uniqueReference}: ${formatMoney(amount)}${card(paymentOption.ccLastFour)}`;
}

const HEADLINES: Readonly<Record<PaymentStatus, string>> = {
  blocked: 'Blocked: the rules are being asked',
  held: 'Held: waiting for an operator',
  refunding: 'Refund under way',
  released: 'Released to the merchant',
  refunded: 'Refunded to the payment option',
  refundFailed: 'Refund outcome unknown: a person has to find out at the gateway',
};

/** The payment as short Markdown for the Temporal UI's current details: where it stands and what can be done now. */
export function describePayment(view: PaymentView): string {
  const lines = [
    `**${HEADLINES[view.status]}** — ${formatMoney(view.amount)}, payment \`${view.uniqueReference}\``,
  ];
  if (view.reasons.length > 0) lines.push('', 'Why:', ...view.reasons.map((reason) => `- ${reason}`));
  if (view.refundStatus) {
    const reason = view.refundStatusReason ? ` (${view.refundStatusReason})` : '';
    lines.push('', `Refund \`${view.refundReference}\`: ${view.refundStatus}${reason}`);
  }
  if (view.status === 'held') {
    lines.push(
      '',
      `Decide until ${view.reviewDueAt}. Send Update or Signal \`unblock\`, refundAmount false to release it:`,
      '```json',
      UNBLOCK_EXAMPLE,
      '```',
      'More time: Signal `extendReview`:',
      '```json',
      EXTEND_REVIEW_EXAMPLE,
      '```',
    );
  }
  if (view.messages.length > 0) {
    lines.push('', 'Messages:');
    for (const message of view.messages) {
      lines.push(
        `- ${message.at} \`${message.name}\` by ${message.operator}: ${message.outcome}: ${message.text}`,
      );
    }
  }
  return lines.join('\n');
}

function card(ccLastFour: string | undefined): string {
  return ccLastFour === undefined ? '' : `, card ${ccLastFour}`;
}
