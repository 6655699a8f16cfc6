import type { Disposition } from './decision.ts';
import type { PaymentRef } from './ids.ts';
import type { BlockedPayment, DecidedBy, OperatorMessage, PaymentStatus, PaymentView } from './payment.ts';
import type { RefundStatus } from './refund.ts';
import { canBeUnblocked } from './payment.ts';
import type { ExtendReviewCommand, HoldCommand, RefundCommand, UnblockCommand } from './operator-commands.ts';

/** The word to let the money go: what an operator, the rules or the deadline decided. */
export interface UnblockDecision extends UnblockCommand {
  readonly decidedBy: DecidedBy;
}

/** Messages beyond this many are dropped from the view, oldest first; the run's history keeps them all. */
const MESSAGES_SHOWN = 20;

/**
 * One blocked payment as its lifecycle sees it: where it stands, and what may still be said about it. Every message
 * is answered here, and the first decision wins; the workflow only carries out.
 */
export class PaymentCase {
  readonly payment: BlockedPayment;
  readonly ref: PaymentRef;
  status: PaymentStatus = 'blocked';
  disposition: Disposition | undefined;
  reasons: readonly string[] = [];
  /** Epoch milliseconds; undefined while there is no review. */
  reviewDueAt: number | undefined;
  /** The decision that is being, or was, carried out. */
  unblock: UnblockDecision | undefined;
  /** Who asked for a review, before the rules had decided. */
  private holdAskedBy: string | undefined;
  /** Accepted, not yet taken up by the review. */
  extension: ExtendReviewCommand | undefined;
  /** Accepted, not yet carried out. */
  refundCommand: RefundCommand | undefined;
  /** There may be something new at the gateway: not looked up yet. */
  refundNews = false;
  refund:
    | { readonly reference: string; readonly status: RefundStatus; readonly statusReason: string }
    | undefined;
  private readonly messages: OperatorMessage[] = [];

  constructor(payment: BlockedPayment) {
    this.payment = payment;
    this.ref = { subscriberId: payment.subscriberId, uniqueReference: payment.uniqueReference };
  }

  /**
   * Takes in what the rules decided. Whoever was faster has the last word: an operator's unblock stands, and a hold
   * asked for sends the payment to review.
   */
  decide(disposition: Disposition, reasons: readonly string[]): void {
    this.disposition = this.holdAskedBy === undefined ? disposition : 'HOLD';
    this.reasons =
      this.holdAskedBy === undefined ? reasons : [...reasons, `review asked for by ${this.holdAskedBy}`];
    if (this.disposition === 'HOLD') return;
    this.unblock ??= {
      refundAmount: this.disposition === 'REFUND',
      operator: 'rules',
      reason: 'decided by the rules',
      decidedBy: 'rules',
    };
  }

  /** Takes in that the gateway took the refund back after all: the payment is held, and nothing is decided. */
  reopen(refund: NonNullable<PaymentCase['refund']>, reasons: readonly string[]): void {
    this.status = 'held';
    this.disposition = 'HOLD';
    this.reasons = reasons;
    this.unblock = undefined;
    this.refund = refund;
  }

  /** Why this `unblock` would be refused now; undefined if it would be taken. */
  refusalOfUnblock(): string | undefined {
    if (this.unblock) {
      const { decidedBy, operator, refundAmount } = this.unblock;
      const what = refundAmount ? 'refunded' : 'released to the merchant';
      return `the payment is already being ${what}: decided by ${decidedBy === 'operator' ? operator : decidedBy}`;
    }
    return canBeUnblocked(this.status) ? undefined : `the payment is ${this.status} and cannot be unblocked`;
  }

  onUnblock(command: UnblockCommand): string {
    this.unblock = { ...command, decidedBy: 'operator' };
    return command.refundAmount ? 'refund it' : 'release it to the merchant';
  }

  refusalOfHold(): string | undefined {
    return this.unblock || !canBeUnblocked(this.status)
      ? 'too late: the money is already on its way'
      : undefined;
  }

  onHold({ operator }: HoldCommand): string {
    this.holdAskedBy = operator;
    return this.status === 'held' ? 'already in review' : 'goes to review';
  }

  refusalOfExtendReview(): string | undefined {
    return this.unblock || this.status !== 'held' ? 'the payment is not in review' : undefined;
  }

  onExtendReview(command: ExtendReviewCommand): string {
    this.extension = command;
    return `review until ${command.until}`;
  }

  /** Why a decision about the refund would be refused now: it is for one whose outcome nobody could find out. */
  refusalOfRefundCommand(): string | undefined {
    if (this.status !== 'refundFailed') return 'the refund does not wait for a person';
    return (
      this.refundCommand && `${this.refundCommand.operator} has decided already: ${this.refundCommand.kind}`
    );
  }

  onRefundCommand(command: RefundCommand): string {
    this.refundCommand = command;
    switch (command.kind) {
      case 'retryRefund':
        return 'ask the gateway again';
      case 'markRefundPaid':
        return `it is paid as ${command.gatewayReference}`;
      case 'giveUpRefund':
        return 'it is not paid: back to review';
    }
  }

  /** Records what became of a message. */
  record(
    now: number,
    name: string,
    operator: string,
    outcome: OperatorMessage['outcome'],
    text: string,
  ): void {
    this.messages.push({ at: new Date(now).toISOString(), name, operator, outcome, text });
    if (this.messages.length > MESSAGES_SHOWN) this.messages.shift();
  }

  /** "Cancel" does not end a lifecycle. */
  onCancel(now: number): void {
    const text = 'a blocked payment cannot be cancelled: send unblock, refundAmount true or false';
    this.record(now, 'cancel', 'unknown', 'refused', text);
  }

  view(): PaymentView {
    const { subscriberId, uniqueReference, partnerReference, amount } = this.payment;
    return {
      subscriberId,
      uniqueReference,
      partnerReference,
      amount,
      status: this.status,
      reasons: this.reasons,
      messages: this.messages,
      ...(this.disposition ? { disposition: this.disposition } : {}),
      ...(this.reviewDueAt === undefined ? {} : { reviewDueAt: new Date(this.reviewDueAt).toISOString() }),
      ...(this.unblock ? { decidedBy: this.unblock.decidedBy } : {}),
      ...(this.refund
        ? {
            refundReference: this.refund.reference,
            refundStatus: this.refund.status,
            refundStatusReason: this.refund.statusReason,
          }
        : {}),
    };
  }
}
