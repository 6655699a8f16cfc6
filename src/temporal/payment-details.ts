import { formatMoney, without } from '../domain/money.ts';
import { unansweredRisk } from '../domain/refund.ts';
import { effectOf } from '../domain/refund-state.ts';
import { code, codeBlock, jsonAsCode, list, markdown, plain } from './markdown.ts';
import { GIVE_UP_REFUND_EXAMPLE } from '../domain/messages/give-up-refund.ts';
import { MARK_REFUND_PAID_EXAMPLE } from '../domain/messages/mark-refund-paid.ts';
import { RETRY_REFUND_EXAMPLE } from '../domain/messages/retry-refund.ts';
import { BOOK_ELSEWHERE_EXAMPLE, bookingText } from '../domain/messages/book-elsewhere.ts';
import { NOTE_EXAMPLE } from '../domain/messages/note.ts';
import { ASSIGN_EXAMPLE } from '../domain/messages/assign.ts';
import { RESUME_REVIEW_EXAMPLE } from '../domain/messages/resume-review.ts';
import { PAUSE_REVIEW_EXAMPLE } from '../domain/messages/pause-review.ts';
import { EXTEND_REVIEW_EXAMPLE } from '../domain/messages/extend-review.ts';
import { HOLD_EXAMPLE } from '../domain/messages/hold.ts';
import { confirmUnblockExample } from '../domain/messages/confirm-unblock.ts';
import { UNBLOCK_EXAMPLE } from '../domain/messages/unblock.ts';
import {
  type BlockedPayment,
  effectInWords,
  type PaymentStatus,
  type PaymentView,
  type UnblockProposal,
} from '../domain/payment.ts';
import type { Booking } from '../domain/commands.ts';
import { EXAMPLE_OPERATOR } from '../domain/people.ts';
import type { DeadlineAction } from '../domain/review.ts';
import { timeText } from '../domain/text.ts';

/** One line for the list of runs in the Temporal UI. Nothing personal beyond the last four. */
export function summarisePayment({ uniqueReference, amount, paymentOption }: BlockedPayment): string {
  return `Payment ${plain(uniqueReference)}: ${formatMoney(amount)}${card(paymentOption.ccLastFour)}`;
}

/**
 * What stays true of the payment, for the run's details in the Temporal UI: what it is for, and where to look next.
 * Nothing personal beyond the last four.
 */
export function introducePayment(payment: BlockedPayment): string {
  const { merchantAccno, customerAccno, customerUuid, invoiceGUID } = payment;
  const facts = [
    `Merchant account ${code(merchantAccno)}`,
    `Customer account ${code(customerAccno)}`,
    ...(customerUuid === undefined ? [] : [`Customer ${code(customerUuid)}`]),
    `Invoice ${code(invoiceGUID)}`,
  ];
  return markdown([
    list(facts),
    'Its status and what to paste are under **Current Details**; it is sent with *More Actions*.',
    'Never *Terminate* a payment: its money would stay blocked, with no run to look after it.',
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

/**
 * The payment as short Markdown for the Temporal UI's current details: where it stands, why, what can be done now with
 * the JSON to paste, what happened, and what was refused.
 */
export function describePayment(view: PaymentView): string {
  const parts = [
    `**${HEADLINES[view.status]}** — ${formatMoney(view.amount)}, payment ${code(view.uniqueReference)}. Times are UTC.`,
  ];
  const care = [
    ...(view.assignedTo === undefined ? [] : [`${plain(view.assignedTo)} looks after it`]),
    ...(view.escalatedTo === undefined ? [] : [`escalated to ${plain(view.escalatedTo)}`]),
  ];
  if (care.length > 0) parts.push(`${care.join(', ')}.`);
  if (view.reasons.length > 0) parts.push('Why:', list(view.reasons.map(plain)));
  if (view.elsewhereMinor !== undefined) {
    const { amount, elsewhereMinor } = view;
    const gone = formatMoney({ ...amount, minor: elsewhereMinor });
    parts.push(`${gone} went elsewhere; **${formatMoney(without(amount, elsewhereMinor))} is left**.`);
  }
  if (view.refundStatus) {
    const reason = view.refundStatusReason ? ` (${plain(view.refundStatusReason)})` : '';
    parts.push(`Refund \`${view.refundReference}\`: ${view.refundStatus}${reason}`);
  }
  if (view.status === 'held') parts.push(...whatToDo(view));
  if (view.status === 'refundFailed') {
    const { refundOutcomeProposed: proposed } = view;
    if (proposed) {
      const why = proposed.reason === '' ? '' : ` (${plain(proposed.reason)})`;
      parts.push(
        `**${plain(proposed.operator)} proposes: ${plain(effectOf(proposed))}**${why}. Another operator sends the same \`${proposed.kind}\`, or something else instead.`,
      );
    }
    parts.push(
      'Look it up at the gateway. If it is paid, or the money has gone back another way, send `markRefundPaid` with the gateway’s own reference for that.',
      codeBlock(MARK_REFUND_PAID_EXAMPLE),
      'If it may still be paid, send `retryRefund`: the gateway is asked again, with the same key.',
      codeBlock(RETRY_REFUND_EXAMPLE),
      'If it never will be, send `giveUpRefund`: the payment goes back to review.',
      codeBlock(GIVE_UP_REFUND_EXAMPLE),
    );
  }
  if (view.status === 'held' || view.status === 'refundFailed')
    parts.push(view.sendersAreProven ? SENDERS_ARE_PROVEN : NAMES_ARE_TYPED);
  const happened = whatHappened(view);
  if (happened.length > 0) parts.push('What happened:', list(happened));
  const refused = view.messages.filter(({ outcome }) => outcome === 'refused');
  if (refused.length > 0) {
    const lines = refused.map(
      ({ at, name, operator, text }) =>
        `${timeText(at)} ${code(name)} by ${plain(operator)}: ${jsonAsCode(text)}`,
    );
    parts.push('Refused:', list(lines));
  }
  return markdown(parts);
}

/** What an operator can do about a payment in review. */
function whatToDo(view: PaymentView): string[] {
  const { pausedAt, reviewDueAt = '' } = view;
  const paused = pausedAt !== undefined;
  const decide = paused ? `Paused since ${timeText(pausedAt)}` : `Decide until ${timeText(reviewDueAt)}`;
  const otherwise =
    view.deadlineAction === undefined || paused ? '' : ` ${IF_NOT_DECIDED[view.deadlineAction]}`;
  return [
    ...(view.unansweredRefund === undefined
      ? []
      : [`**${plain(unansweredRisk(view.unansweredRefund, view.amount))}**`]),
    ...(view.proposal ? howToConfirm(view.proposal) : []),
    ...(view.bookingProposed ? howToAgree(view.bookingProposed, view.amount.currency) : []),
    `${decide}: send the ${view.sendersAreProven ? 'Signal' : 'Update or Signal'} \`unblock\`, with refundAmount false to release it.${otherwise}`,
    codeBlock(UNBLOCK_EXAMPLE),
    'Or send one of these:',
    list([
      ...(view.proposal
        ? []
        : paused
          ? [paste('resumeReview', 'let the clock go on', RESUME_REVIEW_EXAMPLE)]
          : [
              paste('extendReview', 'more time', EXTEND_REVIEW_EXAMPLE),
              paste('pauseReview', 'stop the clock', PAUSE_REVIEW_EXAMPLE),
            ]),
      paste('assign', 'who looks after it', ASSIGN_EXAMPLE),
      paste('note', 'what others should know', NOTE_EXAMPLE),
      ...(view.proposal
        ? []
        : [paste('bookElsewhere', 'a part went back another way', BOOK_ELSEWHERE_EXAMPLE)]),
    ]),
  ];
}

const NAMES_ARE_TYPED = 'The operator is who is named in the message: names count here as they are typed.';
const SENDERS_ARE_PROVEN =
  '**Your sign-in counts as the operator**, whatever name is in the message. Send Signals: an Update does not show who sends it, and is refused.';

const IF_NOT_DECIDED: Readonly<Record<DeadlineAction, string>> = {
  refund: 'Not decided by then: it is **refunded**.',
  release: 'Not decided by then: it is **released** to the merchant.',
  stayHeld: 'Not decided by then: it stays held.',
};

function paste(name: string, effect: string, example: string): string {
  return `\`${name}\`, ${effect}: \`${example}\``;
}

function howToConfirm(proposal: UnblockProposal): string[] {
  const { operator, reason, hash } = proposal;
  const why = reason === '' ? '' : ` (${plain(reason)})`;
  return [
    `**${plain(operator)} proposes to ${effectInWords(proposal)}**${why}. Another operator confirms it with \`confirmUnblock\`:`,
    codeBlock(confirmUnblockExample(hash)),
    'or takes it back with `hold`:',
    codeBlock(HOLD_EXAMPLE),
  ];
}

/** What another operator sends who says the same of a part that went elsewhere. */
function howToAgree(booking: Booking, currency: string): string[] {
  const { operator, reason, amount, gatewayReference } = booking;
  const why = reason === '' ? '' : ` (${plain(reason)})`;
  const same = JSON.stringify({ amount, gatewayReference, operator: EXAMPLE_OPERATOR, reason: '' });
  return [
    `**${plain(operator)} proposes: ${plain(bookingText(booking, currency))}**${why}. Until that is settled nothing is unblocked. Another operator confirms it with the same \`bookElsewhere\`:`,
    codeBlock(same),
    'or takes it back with `hold`:',
    codeBlock(HOLD_EXAMPLE),
  ];
}

/** What happened and what operators did, oldest first. */
function whatHappened({ timeline, messages }: PaymentView): string[] {
  const said = messages
    .filter(({ outcome }) => outcome === 'accepted')
    .map(({ at, name, operator, text }) => ({
      at,
      text: `${code(name)} by ${plain(operator)}: ${plain(text)}`,
    }));
  // Sorting is stable, and a message comes before what it brings about.
  return [...said, ...timeline.map(({ at, text }) => ({ at, text: plain(text) }))]
    .sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
    .map(({ at, text }) => `${timeText(at)} ${text}`);
}

function card(ccLastFour: string | undefined): string {
  return ccLastFour === undefined ? '' : `, card ${plain(ccLastFour)}`;
}
