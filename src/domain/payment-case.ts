import type { Disposition } from './decision.ts';
import type { BlockedPayment, DecidedBy, OperatorMessage, PaymentStatus, PaymentView } from './payment.ts';
import type { RefundStatus } from './refund.ts';
import { canBeUnblocked } from './payment.ts';
import {
  parseExtendReview,
  parseHold,
  parseUnblock,
  type ExtendReviewCommand,
  type Parsed,
  type UnblockCommand,
} from './operator-commands.ts';

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
  refund:
    | { readonly reference: string; readonly status: RefundStatus; readonly statusReason: string }
    | undefined;
  private readonly messages: OperatorMessage[] = [];

  constructor(payment: BlockedPayment) {
    this.payment = payment;
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

  /** Why an `unblock` with this input would be refused now; undefined if it would be taken. */
  refusalOfUnblock(input: unknown): string | undefined {
    const parsed = parseUnblock(input);
    if (!parsed.ok) return parsed.problem;
    if (this.unblock) {
      const { decidedBy, operator, refundAmount } = this.unblock;
      const what = refundAmount ? 'refunded' : 'released to the merchant';
      return `the payment is already being ${what}: decided by ${decidedBy === 'operator' ? operator : decidedBy}`;
    }
    return canBeUnblocked(this.status) ? undefined : `the payment is ${this.status} and cannot be unblocked`;
  }

  onUnblock(input: unknown, now: number): void {
    const refusal = this.refusalOfUnblock(input);
    this.answer('unblock', now, refusal, parseUnblock(input), (command) => {
      this.unblock = { ...command, decidedBy: 'operator' };
      return command.refundAmount ? 'refund it' : 'release it to the merchant';
    });
  }

  onHold(input: unknown, now: number): void {
    const refusal =
      this.unblock || !canBeUnblocked(this.status) ? 'too late: the money is already on its way' : undefined;
    this.answer('hold', now, refusal, parseHold(input), ({ operator }) => {
      this.holdAskedBy = operator;
      return this.status === 'held' ? 'already in review' : 'goes to review';
    });
  }

  onExtendReview(input: unknown, now: number): void {
    const refusal = this.unblock || this.status !== 'held' ? 'the payment is not in review' : undefined;
    this.answer('extendReview', now, refusal, parseExtendReview(input, now), (command) => {
      this.extension = command;
      return `review until ${command.until}`;
    });
  }

  /** A signal that nobody listens to (a slip of the pen in its name): recorded, so that its sender can see it. */
  onUnknownMessage(name: string, now: number): void {
    this.record(
      now,
      name,
      'unknown',
      'refused',
      'there is no such signal: use unblock, hold or extendReview',
    );
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

  private answer<T extends { readonly operator: string; readonly reason: string }>(
    name: string,
    now: number,
    refusal: string | undefined,
    parsed: Parsed<T>,
    accept: (command: T) => string,
  ): void {
    if (!parsed.ok) return this.record(now, name, 'unknown', 'refused', parsed.problem);
    const { operator, reason } = parsed.value;
    if (refusal !== undefined) return this.record(now, name, operator, 'refused', refusal);
    const effect = accept(parsed.value);
    this.record(now, name, operator, 'accepted', reason === '' ? effect : `${effect} (${reason})`);
  }

  private record(
    now: number,
    name: string,
    operator: string,
    outcome: OperatorMessage['outcome'],
    text: string,
  ): void {
    this.messages.push({ at: new Date(now).toISOString(), name, operator, outcome, text });
    if (this.messages.length > MESSAGES_SHOWN) this.messages.shift();
  }
}
