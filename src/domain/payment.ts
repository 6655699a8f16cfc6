import type { Disposition } from './decision.ts';
import type { Money } from './money.ts';
import type { RefundStatus } from './refund.ts';
import type { PaymentRef } from './ids.ts';

/**
 * Where a payment stands.
 *
 * blocked       taken in, money in its blocked balance, rules not yet decided
 * held          in review: an operator or the deadline decides
 * refunding     on its way back to the stored payment option, outcome not known yet
 * released      ended: the money is the merchant's
 * refunded      ended: the money is back at the payment option; held again where the gateway takes that back
 * refundFailed  nobody could find out what became of the refund: a person must, and says what to do
 */
export type PaymentStatus = (typeof paymentStatuses)[number];

export const paymentStatuses = [
  'blocked',
  'held',
  'refunding',
  'released',
  'refunded',
  'refundFailed',
] as const;

/** How a lifecycle can end. */
export type PaymentEnd = Extract<PaymentStatus, 'released' | 'refunded'>;

/** The result of the workflow: how it ended, who decided it, and the refund where there was one. */
export interface PaymentResult {
  readonly status: PaymentEnd;
  readonly decidedBy: DecidedBy;
  readonly refundReference?: string;
}

const TRANSITIONS: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  blocked: ['held', 'released', 'refunding'],
  held: ['released', 'refunding'],
  // A refund that the gateway declined has moved no money: the payment is back in review.
  refunding: ['refunded', 'refundFailed', 'held'],
  released: [],
  // What the gateway takes back later is blocked again, and somebody has to decide anew.
  refunded: ['held'],
  // What a person found out: try again, it is paid, or it never will be.
  refundFailed: ['refunding', 'refunded', 'held'],
};

/** The states a payment may be in just before it moves to `to`. */
export function statesBefore(to: PaymentStatus): PaymentStatus[] {
  return paymentStatuses.filter((from) => TRANSITIONS[from].includes(to));
}

/** Whether an unblock is still possible (contract: a released, refunded or just being unblocked one answers 0015). */
export function canBeUnblocked(status: PaymentStatus): boolean {
  return status === 'blocked' || status === 'held';
}

/** Who moved the money on. */
export type DecidedBy = 'rules' | 'operator' | 'deadline';

/** The stored payment option that a refund goes back to. No card number, ever: a token and what may be shown. */
export interface PaymentOption {
  readonly token: string;
  readonly ccType?: string;
  /** At most 16 characters; only four digits take part in matching. */
  readonly ccLastFour?: string;
  readonly cardHolder?: string;
}

/** A payment that a payment service asks us to hold back: the body of kc-block, parsed, and who sent it. */
export interface BlockedPayment extends PaymentRef {
  readonly partnerReference: string;
  readonly customerAccno: string;
  readonly merchantAccno: string;
  readonly amount: Money;
  readonly paymentOption: PaymentOption;
  readonly customerUuid?: string;
  readonly invoiceGUID: string;
  readonly ipAddress?: string;
  readonly customerFirstName?: string;
  readonly customerLastName?: string;
  readonly cardholderFirstName?: string;
  readonly cardholderLastName?: string;
  readonly onlinePayment: boolean;
  readonly threeDSAuthentication: boolean;
  /** The caller's own date and time, echoed and never used: YYYY-MM-DD and HHMMSS. */
  readonly localDate: string;
  readonly localTime: string;
}

/** What the query `payment` answers, and what the client shows of a running lifecycle. */
export interface PaymentView extends PaymentRef {
  readonly partnerReference: string;
  readonly status: PaymentStatus;
  readonly amount: Money;
  readonly disposition?: Disposition;
  readonly reasons: readonly string[];
  /** None while the review is paused. */
  readonly reviewDueAt?: string;
  readonly pausedAt?: string;
  readonly assignedTo?: string;
  /** The group that the review was escalated to. */
  readonly escalatedTo?: string;
  readonly proposal?: UnblockProposal;
  readonly decidedBy?: DecidedBy;
  readonly refundReference?: string;
  readonly refundStatus?: RefundStatus;
  readonly refundStatusReason?: string;
  /** What operators and services sent and what became of it, oldest first. */
  readonly messages: readonly OperatorMessage[];
  /** What happened to it, oldest first. */
  readonly timeline: readonly Happening[];
}

/** An unblock that waits for a second operator to confirm it. */
export interface UnblockProposal {
  readonly refundAmount: boolean;
  readonly operator: string;
  readonly reason: string;
  /** Stands for the payment as it was proposed: amount, destination, decision and why it is held. */
  readonly hash: string;
}

/** Something that happened to a payment, in a few words. */
export interface Happening {
  readonly at: string;
  readonly text: string;
}

/** A message to the lifecycle and what became of it: nothing that an operator sends is lost silently. */
export interface OperatorMessage {
  readonly at: string;
  readonly name: string;
  readonly operator: string;
  readonly outcome: 'accepted' | 'refused';
  readonly text: string;
}
