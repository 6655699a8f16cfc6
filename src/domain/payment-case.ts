import { CaseLog } from './case-log.ts';
import type { Disposition } from './decision.ts';
import type { PaymentRef } from './ids.ts';
import { Journal } from './journal.ts';
import type { RefundCommand } from './commands.ts';
import type { NoteCommand } from './commands.ts';
import type { AssignCommand } from './commands.ts';
import type { ConfirmUnblockCommand } from './commands.ts';
import type { UnblockCommand } from './commands.ts';
import type { SignedMessage } from './commands.ts';
import {
  type BlockedPayment,
  canBeUnblocked,
  hasEnded,
  mayMove,
  type PaymentResult,
  type PaymentState,
  type PaymentStatus,
  type PaymentView,
  ruledBy,
  statusAfter,
  type TakenIn,
  type UnblockDecision,
  type UnblockProposal,
} from './payment.ts';
import { isSamePerson } from './people.ts';
import type { RefundProgress, RefundStatus } from './refund.ts';
import type { FreshReviewClock, ReviewTerms } from './review.ts';
import { type ProposeUnblock, ReviewState } from './review-state.ts';

/**
 * One blocked payment as its lifecycle sees it. It moves by one method a transition, each checked against the
 * lifecycle's table of transitions; messages are refused or taken here, and the first decision wins.
 */
export class PaymentCase {
  readonly payment: BlockedPayment;
  readonly ref: PaymentRef;
  readonly log = new CaseLog();
  readonly journal = new Journal();
  readonly review = new ReviewState();
  private now: PaymentStatus;
  private disposition: Disposition | undefined;
  private reasons: readonly string[] = [];
  /** The terms of the review; undefined until the payment is taken in. */
  private terms: ReviewTerms | undefined;
  private decided: UnblockDecision | undefined;
  private proposal: UnblockProposal | undefined;
  private assignedTo: string | undefined;
  private refund: Refund | undefined;
  /** Reasons for a review that arrived before the payment was taken in. */
  private readonly earlyReasons: string[] = [];
  private manualOutcome: RefundCommand | undefined;
  private hinted = false;

  /** @param status `refunded` where an earlier run has ended with a refund that the gateway has taken back */
  constructor(payment: BlockedPayment, status: Extract<PaymentStatus, 'blocked' | 'refunded'> = 'blocked') {
    this.payment = payment;
    this.ref = { subscriberId: payment.subscriberId, uniqueReference: payment.uniqueReference };
    this.now = status;
  }

  get status(): PaymentStatus {
    return this.now;
  }

  /** Whether the payment is on record and the rules have decided. */
  get isTakenIn(): boolean {
    return this.now !== 'blocked';
  }

  /** Whether the money has left the blocked balance for good, or until the gateway takes a refund back. */
  get hasEnded(): boolean {
    return hasEnded(this.now);
  }

  /** The decision that is being, or was, carried out. */
  get decision(): UnblockDecision | undefined {
    return this.decided;
  }

  /** How the lifecycle ended. @throws Error while it has not */
  get result(): PaymentResult {
    if (!hasEnded(this.now) || !this.decided) throw new Error(`the payment is ${this.now} and has not ended`);
    const { decidedBy } = this.decided;
    return {
      status: this.now,
      decidedBy,
      ...(this.refund ? { refundReference: this.refund.reference } : {}),
    };
  }

  // Taking in

  /** A message that asks for a review came before the payment was taken in: it is then held, whatever the rules say. */
  askForReview(reason: string): void {
    this.earlyReasons.push(reason);
  }

  get reasonsToHold(): readonly string[] {
    return this.earlyReasons;
  }

  /** The payment is on record, decided by the rules. */
  takenIn(taken: TakenIn, now: number): void {
    this.disposition = taken.disposition;
    this.reasons = taken.reasons;
    if (taken.status !== 'released') this.terms = taken.terms;
    this.log.event(now, 'blocked');
    this.log.event(now, `the rules: ${taken.ruled}`);
    switch (taken.status) {
      case 'held':
        this.reviewStarted(taken.clock, now);
        break;
      case 'released':
        this.decided = ruledBy('RELEASE');
        this.move('released', now);
        break;
      case 'refunding':
        this.decided = ruledBy('REFUND');
        this.move('refunding', now, begun(taken.refundReference));
    }
  }

  // Review

  /** The terms of the review. @throws Error before the payment is taken in */
  get reviewTerms(): ReviewTerms {
    if (!this.terms) throw new Error('the payment is not taken in');
    return this.terms;
  }

  get reviewReasons(): readonly string[] {
    return this.reasons;
  }

  reviewStarted(clock: FreshReviewClock, now: number): void {
    this.review.start(clock);
    this.move('held', now);
    const settings = this.terms?.settings;
    if (settings)
      this.log.event(now, `review settings: version ${settings.version} of ${settings.subscriberId}`);
  }

  /** The deadline passed without a decision. @returns whether it decides by itself */
  deadlinePassed(now: number): boolean {
    const { deadlineAction } = this.reviewTerms;
    if (deadlineAction === 'stayHeld') {
      this.log.event(now, 'overdue: no decision by the deadline');
      return false;
    }
    this.decided = {
      refundAmount: deadlineAction === 'refund',
      operator: 'deadline',
      reason: 'no decision by the deadline',
      decidedBy: 'deadline',
    };
    return true;
  }

  /**
   * A proposal is on record under its hash. Null where it needs no second operator: a payment service's call is its
   * own authority.
   */
  proposed(command: ProposeUnblock, hash: string | null): void {
    // Withdrawn in the meantime.
    if (!this.review.includes(command)) return;
    const { kind: _kind, at: _at, ...unblock } = command;
    const { refundAmount, operator, reason } = unblock;
    if (hash === null) this.decided = { ...unblock, decidedBy: 'operator' };
    else this.proposal = { refundAmount, operator, reason, hash };
  }

  private leaveReview(): void {
    this.review.end();
    this.proposal = undefined;
  }

  // Release and refund

  /** The release is on record. */
  released(now: number): void {
    this.move('released', now);
    this.leaveReview();
  }

  /** Begins the refund that was decided on, unless it has begun. @returns its reference */
  startRefund(reference: string, now: number): string {
    if (this.now === 'refunding' && this.refund) return this.refund.reference;
    this.move('refunding', now, begun(reference));
    this.leaveReview();
    return reference;
  }

  /** What is on record of the refund. A declined one has moved no money: a person decides now, not the deadline. */
  refundRecorded({ status, statusReason }: RefundProgress, now: number): void {
    if (!this.refund) throw new Error('there is no refund');
    this.move(statusAfter(status), now, { ...this.refund, status, statusReason });
    if (status === 'DECLINED') this.decideAnew();
  }

  /** Whether a refund is on its way, or waits for a person to settle it. */
  get isRefundOpen(): boolean {
    return this.now === 'refunding' || this.now === 'refundFailed';
  }

  /** The gateway has taken the refund back: the payment is held, and a person decides anew. */
  reopened(
    refund: { readonly reference: string; readonly statusReason: string },
    { terms, reasons }: { readonly terms: ReviewTerms; readonly reasons: readonly string[] },
    now: number,
  ): void {
    this.move('held', now, { ...refund, status: 'DECLINED' });
    this.terms = terms;
    this.disposition = 'HOLD';
    this.reasons = reasons;
    this.log.event(now, refund.statusReason);
    this.decideAnew();
  }

  private decideAnew(): void {
    this.decided = undefined;
    if (this.terms) this.terms = { ...this.terms, deadlineAction: 'stayHeld' };
  }

  /** The gateway may have something new about the refund. */
  hintRefundChanged(): void {
    this.hinted = true;
  }

  get isRefundHinted(): boolean {
    return this.hinted;
  }

  /** Called before a lookup: a hint that arrives during it may be newer than its answer. */
  followHint(): void {
    this.hinted = false;
  }

  /** What a person decided about a refund without outcome; undefined while it waits for that. */
  get refundCommand(): RefundCommand | undefined {
    return this.manualOutcome;
  }

  refundCommandDone(): void {
    this.manualOutcome = undefined;
  }

  // Messages: why one would be refused now (undefined: it would be taken), and what taking it means

  refusalOfUnblock(): string | undefined {
    if (this.decided) {
      const { decidedBy, operator, refundAmount } = this.decided;
      const what = refundAmount ? 'refunded' : 'released to the merchant';
      return `the payment is already being ${what}: decided by ${decidedBy === 'operator' ? operator : decidedBy}`;
    }
    return canBeUnblocked(this.now) ? undefined : `the payment is ${this.now} and cannot be unblocked`;
  }

  onUnblock(command: UnblockCommand, now: number): string {
    const effect = effectOf(command.refundAmount);
    if (this.terms?.fourEyes !== true) {
      this.decided = { ...command, decidedBy: 'operator' };
      return effect;
    }
    // A new proposal takes the place of the one before.
    this.proposal = undefined;
    this.review.enqueue({ kind: 'proposeUnblock', at: new Date(now).toISOString(), ...command });
    return command.partnerReference === undefined
      ? `proposed: ${effect}; another operator has to confirm it`
      : effect;
  }

  refusalOfConfirmUnblock({ confirms, operator }: ConfirmUnblockCommand): string | undefined {
    const refused = this.refusalOfUnblock();
    if (refused !== undefined) return refused;
    if (this.proposal === undefined) {
      return 'there is nothing to confirm: no unblock is proposed, or it was taken back. See the details';
    }
    if (this.proposal.hash !== confirms) {
      return 'the case has changed since: look at the details again, and confirm what they show now';
    }
    return isSamePerson(this.proposal.operator, operator)
      ? `${this.proposal.operator} has proposed it: another operator has to confirm it`
      : undefined;
  }

  onConfirmUnblock({ operator: confirmedBy }: ConfirmUnblockCommand): string {
    if (!this.proposal) throw new Error('there is nothing to confirm');
    const { refundAmount, operator, reason } = this.proposal;
    this.decided = { refundAmount, operator, reason, decidedBy: 'operator', confirmedBy };
    return `${effectOf(refundAmount)}, as ${operator} has proposed`;
  }

  /** Whether an accepted unblock is carried out: a refund has begun, a release or a proposal is on record. */
  get isUnblockDone(): boolean {
    return (
      (this.decided === undefined || !canBeUnblocked(this.now)) && !this.review.isQueued('proposeUnblock')
    );
  }

  refusalOfHold(): string | undefined {
    return this.decided || !canBeUnblocked(this.now)
      ? 'too late: the money is already on its way'
      : undefined;
  }

  /** A hold also withdraws a proposal. */
  onHold(command: SignedMessage): string {
    if (this.proposal === undefined && !this.review.isQueued('proposeUnblock')) return 'in review';
    this.proposal = undefined;
    this.review.dequeue('proposeUnblock');
    this.journal.append({ kind: 'withdrawProposal', ...command });
    return 'stays in review; the proposed unblock is taken back';
  }

  /** Why a message about the review's clock would be refused before its own conditions are looked at. */
  refusalOfReviewCommand(): string | undefined {
    return this.decided || this.now !== 'held' ? 'the payment is not in review' : undefined;
  }

  onAssign(command: AssignCommand): string {
    this.assignedTo = command.assignee;
    this.journal.append({ kind: 'assign', ...command });
    return command.assignee === undefined ? 'no longer assigned' : `assigned to ${command.assignee}`;
  }

  onNote(command: NoteCommand): string {
    this.journal.append({ kind: 'note', ...command });
    return command.text;
  }

  /** A decision about the refund is for one whose outcome is not known. */
  refusalOfRefundCommand(): string | undefined {
    if (this.now !== 'refundFailed') return 'the refund does not wait for a person';
    return (
      this.manualOutcome && `${this.manualOutcome.operator} has decided already: ${this.manualOutcome.kind}`
    );
  }

  onRefundCommand(command: RefundCommand): string {
    this.manualOutcome = command;
    switch (command.kind) {
      case 'retryRefund':
        return 'ask the gateway again';
      case 'markRefundPaid':
        return `it is paid as ${command.gatewayReference}`;
      case 'giveUpRefund':
        return 'it is not paid: back to review';
    }
  }

  // Views

  /** Where the payment stands: what a decision's Update answers. */
  state(): PaymentState {
    const { subscriberId, uniqueReference, partnerReference, amount } = this.payment;
    return {
      subscriberId,
      uniqueReference,
      partnerReference,
      amount,
      status: this.now,
      reasons: this.reasons,
      ...(this.disposition ? { disposition: this.disposition } : {}),
      ...this.review.view(),
      ...(this.assignedTo === undefined ? {} : { assignedTo: this.assignedTo }),
      ...(this.proposal ? { proposal: this.proposal } : {}),
      ...(this.decided ? { decidedBy: this.decided.decidedBy } : {}),
      ...(this.refund
        ? {
            refundReference: this.refund.reference,
            refundStatus: this.refund.status,
            refundStatusReason: this.refund.statusReason,
          }
        : {}),
    };
  }

  /** The same with messages and timeline: what the query answers. */
  view(): PaymentView {
    return { ...this.state(), messages: this.log.messages, timeline: this.log.timeline };
  }

  /** @throws Error, and changes nothing, where the table of transitions has no such move */
  private move(to: PaymentStatus, now: number, refund = this.refund): void {
    if (to !== this.now && !mayMove(this.now, to))
      throw new Error(`a payment cannot go from ${this.now} to ${to}`);
    this.now = to;
    this.refund = refund;
    const text = `${to}${this.refund ? `, refund ${this.refund.status}` : ''}`;
    if (text !== this.log.timeline.at(-1)?.text) this.log.event(now, text);
  }
}

interface Refund {
  readonly reference: string;
  readonly status: RefundStatus;
  readonly statusReason: string;
}

function begun(reference: string): Refund {
  return { reference, status: 'RECEIVED', statusReason: '' };
}

function effectOf(refundAmount: boolean): string {
  return refundAmount ? 'refund it' : 'release it to the merchant';
}
