import type { Disposition } from './decision.ts';
import type { Money } from './money.ts';
import type { PaymentRef } from './ids.ts';
import type { Known } from './people.ts';
import type { Booking, Confirmed, RefundCommand, UnblockCommand } from './commands.ts';
import type { RefundStatus } from './refund.ts';
import type { DeadlineAction, FreshReviewClock, ReviewTerms } from './review.ts';

/**
 * Where a payment stands.
 *
 * blocked       being taken in: the rules have not decided yet
 * held          in review: an operator or the deadline decides
 * refunding     on its way back to the stored payment option, outcome not known yet
 * released      ended: the money is the merchant's
 * refunded      ended: the money is back at the payment option; held again where the gateway takes that back
 * refundFailed  the refund's outcome is unknown: an operator finds out, and decides
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
  // What the gateway takes back later is blocked again, and a new decision is needed.
  refunded: ['held'],
  // What a person found out: try again, it is paid, or it never will be.
  refundFailed: ['refunding', 'refunded', 'held'],
};

/** Whether the lifecycle has this transition. The database checks the same table (check_payment_change). */
export function mayMove(from: PaymentStatus, to: PaymentStatus): boolean {
  return TRANSITIONS[from].includes(to);
}

/** The states a payment may be in just before it moves to `to`. */
export function statesBefore(to: PaymentStatus): PaymentStatus[] {
  return paymentStatuses.filter((from) => mayMove(from, to));
}

/** Where a payment stands while its refund is in this status. */
export function statusAfter(refund: RefundStatus): PaymentStatus {
  return STATUS_AFTER[refund];
}

const STATUS_AFTER: Readonly<Record<RefundStatus, PaymentStatus>> = {
  RECEIVED: 'refunding',
  PENDING: 'refunding',
  CAPTURED: 'refunded',
  DECLINED: 'held',
  FAILED: 'refundFailed',
};

/** Whether an unblock is still possible (contract: a released, refunded or just being unblocked one answers 0015). */
export function canBeUnblocked(status: PaymentStatus): boolean {
  return status === 'blocked' || status === 'held';
}

/** Whether a lifecycle in this status has nothing left to do. */
export function hasEnded(status: PaymentStatus): status is PaymentEnd {
  return status === 'released' || status === 'refunded';
}

/** Who moved the money on. */
export type DecidedBy = 'rules' | 'operator' | 'deadline';

/** A decision to release or refund: an operator's, the rules' or the deadline's. */
export interface UnblockDecision extends UnblockCommand, Confirmed {
  readonly decidedBy: DecidedBy;
}

/** The decision that a disposition of the rules is. */
export function ruledBy(disposition: Exclude<Disposition, 'HOLD'>): UnblockDecision {
  return {
    refundAmount: disposition === 'REFUND',
    operator: 'rules',
    reason: 'decided by the rules',
    decidedBy: 'rules',
  };
}

/** The decision of a deadline that has passed. */
export function decidedByDeadline(action: Exclude<DeadlineAction, 'stayHeld'>): UnblockDecision {
  return {
    refundAmount: action === 'refund',
    operator: 'deadline',
    reason: 'no decision by the deadline',
    decidedBy: 'deadline',
  };
}

/** A payment that is on record, and what the rules made of it. */
export type TakenIn = {
  /** What the rules decided; the disposition is HOLD all the same where a review was asked for before. */
  readonly ruled: Disposition;
  readonly disposition: Disposition;
  readonly reasons: readonly string[];
  /** The rule set says enforce, and would have a caller block the customer: the lifecycle blocks it. */
  readonly blockCustomer: boolean;
} & (
  | { readonly status: 'released' }
  | ({
      /** The terms of a review of the payment, now or after a declined refund. */
      readonly terms: ReviewTerms;
    } & (
      | { readonly status: 'held'; readonly clock: FreshReviewClock }
      | { readonly status: 'refunding'; readonly refundReference: string }
    ))
);

/** A payment whose refund the gateway has taken back: held again. */
export interface Reopened {
  readonly statusReason: string;
  readonly reasons: readonly string[];
  readonly terms: ReviewTerms;
  readonly unanswered?: UnansweredRefund | undefined;
  /** How much of the payment had gone back another way before, in minor units. */
  readonly elsewhereMinor?: number;
}

/** A refund that was given up without the gateway's answer, and the decision that began it: it may have been paid. */
export interface UnansweredRefund {
  readonly reference: string;
  readonly decision: UnblockDecision;
}

/** The stored payment option that a refund goes back to. No card number, ever: a token and what may be shown. */
export interface PaymentOption {
  readonly token: string;
  readonly ccType?: string;
  /** At most 16 characters; only four digits take part in matching. */
  readonly ccLastFour?: string;
  readonly cardHolder?: string;
}

/** Who vouches for a payment that a client blocks without the API: a key of its subscriber, and what it has signed. */
export interface Voucher {
  /** The name that the key is registered under. */
  readonly keyName: string;
  /** Ed25519 over signedText of domain/voucher.ts, in base64. */
  readonly signature: string;
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
  /** Of a client that blocks without the API. */
  readonly voucher?: Voucher;
}

/** Where a payment stands, as its lifecycle answers. */
export interface PaymentState extends PaymentRef {
  readonly partnerReference: string;
  readonly status: PaymentStatus;
  readonly amount: Money;
  readonly disposition?: Disposition;
  readonly reasons: readonly string[];
  /** Only messages whose sender is proven are taken; left out: names count as they are typed. */
  readonly sendersAreProven?: true;
  /** None while the review is paused. */
  readonly reviewDueAt?: string;
  /** What happens to a held payment that nobody has decided on by then. */
  readonly deadlineAction?: DeadlineAction;
  readonly pausedAt?: string;
  readonly assignedTo?: string;
  /** The group that the review was escalated to. */
  readonly escalatedTo?: string;
  readonly proposal?: UnblockProposal;
  readonly decidedBy?: DecidedBy;
  readonly refundReference?: string;
  readonly refundStatus?: RefundStatus;
  readonly refundStatusReason?: string;
  /** A refund that was given up without an answer of the gateway: it may have been paid. */
  readonly unansweredRefund?: string;
  /** What of the payment has gone back another way, in minor units. */
  readonly elsewhereMinor?: number;
  /** What one operator says went another way, until another one says the same. */
  readonly bookingProposed?: Booking;
  /** What one operator says of a refund's outcome, until another one says the same. */
  readonly refundOutcomeProposed?: RefundCommand;
}

/** What the query `payment` answers: the state with what came before it. */
export interface PaymentView extends PaymentState {
  /** What operators and services sent and what became of it, oldest first. */
  readonly messages: readonly OperatorMessage[];
  /** Events, oldest first. */
  readonly timeline: readonly TimelineEntry[];
}

/** An unblock that waits for a second operator to confirm it. */
export interface UnblockProposal {
  readonly refundAmount: boolean;
  readonly operator: string;
  readonly known?: Known;
  readonly reason: string;
  /** Stands for the payment as it was proposed: amount, destination, decision and why it is held. */
  readonly hash: string;
}

/** What an unblock does with the money, to be read after "to". */
export function effectInWords({ refundAmount }: Pick<UnblockProposal, 'refundAmount'>): string {
  return refundAmount ? 'refund it to the payment option' : 'release it to the merchant';
}

/** An event in a payment's life, in a few words. */
export interface TimelineEntry {
  readonly at: string;
  readonly text: string;
}

/** A message to the lifecycle and its outcome: no message is lost silently. */
export interface OperatorMessage {
  readonly at: string;
  readonly name: string;
  readonly operator: string;
  readonly outcome: 'accepted' | 'refused';
  readonly text: string;
}
