import { CaseLog } from './case-log.ts';
import { DecisionState } from './decision-state.ts';
import type { Disposition } from './decision.ts';
import type { PaymentRef } from './ids.ts';
import { Journal } from './journal.ts';
import type { AssignCommand, RefundCommand } from './commands.ts';
import type { CarriedCase } from './carried-case.ts';
import {
  type BlockedPayment,
  decidedByDeadline,
  hasEnded,
  mayMove,
  type PaymentStatus,
  type Reopened,
  ruledBy,
  statusAfter,
  type TakenIn,
  type UnansweredRefund,
  type UnblockDecision,
} from './payment.ts';
import type { RefundProgress } from './refund.ts';
import { RefundState } from './refund-state.ts';
import type { DeadlineAction, ReviewClock, ReviewTerms } from './review.ts';
import { ReviewState } from './review-state.ts';
import type { SentMessage } from './sender.ts';
import type { GivenUp } from './step-given-up.ts';

/**
 * One blocked payment as its lifecycle sees it. It moves by one method a transition, each checked against the
 * lifecycle's table of transitions; messages are refused or taken here, and the first decision wins.
 */
export class PaymentCase {
  readonly payment: BlockedPayment;
  readonly ref: PaymentRef;
  readonly log: CaseLog;
  readonly journal: Journal;
  readonly review: ReviewState;
  readonly decisions: DecisionState;
  readonly refund: RefundState;
  /** Signals that wait until their sender is known, oldest first. */
  readonly unproven: SentMessage[] = [];
  /** Why the newest step of each part was given up. */
  readonly givenUp: GivenUp = {};
  private now: PaymentStatus;
  private ruled: Disposition | undefined;
  private reasons: readonly string[] = [];
  /** The terms of the review; undefined until the payment is taken in. */
  private terms: ReviewTerms | undefined;
  private assigned: string | undefined;
  /** What came before the payment was taken in and asks for a review: it is then held, whatever the rules say. */
  readonly reasonsToHold = new Set<string>();

  /**
   * @param begin where the run begins: at `refunded` where an earlier one has ended with a refund that the gateway has
   *   taken back, or where the run before has come to
   */
  constructor(payment: BlockedPayment, begin: 'blocked' | 'refunded' | CarriedCase = 'blocked') {
    this.payment = payment;
    this.ref = { subscriberId: payment.subscriberId, uniqueReference: payment.uniqueReference };
    const carried = typeof begin === 'string' ? undefined : begin;
    this.log = new CaseLog(carried?.log);
    this.journal = new Journal(carried?.journalEntries);
    this.review = new ReviewState(carried?.review);
    this.decisions = new DecisionState(this.review, this.journal, carried?.decision);
    this.refund = new RefundState(carried?.refund);
    this.now = typeof begin === 'string' ? begin : begin.status;
    this.ruled = carried?.disposition;
    this.reasons = carried?.reasons ?? [];
    this.terms = carried?.terms;
    this.assigned = carried?.assignedTo;
  }

  /** Whether nothing that was said waits to be carried out or recorded: another run can go on from here. */
  get isQuiet(): boolean {
    const { journal, review, refund } = this;
    const waits = journal.next ?? review.nextCommand ?? refund.command ?? this.unproven[0];
    const isHintOpen = refund.isHinted && (this.now !== 'held' || refund.hasAnswerToAskFor);
    return this.isTakenIn && waits === undefined && !isHintOpen;
  }

  /** What a run that goes on from this one begins with. */
  carry(): CarriedCase {
    return {
      status: this.now,
      disposition: this.ruled,
      reasons: this.reasons,
      terms: this.terms,
      assignedTo: this.assigned,
      journalEntries: this.journal.taken,
      log: this.log.carry(),
      review: this.review.carry(),
      decision: this.decisions.carry(),
      refund: this.refund.carry(),
    };
  }

  /** Whether a message counts only where it is proven who has sent it. */
  get sendersAreProven(): boolean {
    return this.terms?.sendersAreProven === true;
  }

  get status(): PaymentStatus {
    return this.now;
  }

  /** What the rules have decided; undefined until they have. */
  get disposition(): Disposition | undefined {
    return this.ruled;
  }

  get assignedTo(): string | undefined {
    return this.assigned;
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
    return this.decisions.made;
  }

  // Taking in

  /** The payment is on record, decided by the rules. */
  takenIn(taken: TakenIn, now: number): void {
    this.ruled = taken.disposition;
    this.reasons = taken.reasons;
    if (taken.status !== 'released') this.terms = taken.terms;
    this.log.event(now, 'blocked');
    this.log.event(now, `the rules: ${taken.ruled}`);
    switch (taken.status) {
      case 'held':
        this.reviewStarted(taken.clock, now);
        break;
      case 'released':
        this.decisions.make(ruledBy('RELEASE'));
        this.move('released', now);
        break;
      case 'refunding':
        this.decisions.make(ruledBy('REFUND'));
        this.move('refunding', now, () => this.refund.begin(taken.refundReference, true));
    }
  }

  // Review

  /** The terms of the review. @throws Error before the payment is taken in */
  get reviewTerms(): ReviewTerms {
    if (!this.terms) throw new Error('the payment is not taken in');
    return this.terms;
  }

  /** Whether an operator's unblock has to be confirmed: by the settings, or as money may go out twice. */
  get needsFourEyes(): boolean {
    return this.terms?.fourEyes === true || this.refund.unanswered !== undefined;
  }

  /** What happens to a held payment at its deadline. */
  get deadlineAction(): DeadlineAction | undefined {
    return this.now === 'held' ? this.terms?.deadlineAction : undefined;
  }

  get reviewReasons(): readonly string[] {
    return this.reasons;
  }

  reviewStarted(clock: ReviewClock, now: number): void {
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
    this.decisions.make(decidedByDeadline(deadlineAction));
    return true;
  }

  private leaveReview(): void {
    this.review.end();
    this.decisions.dropProposal();
  }

  // Release and refund

  /** The release is on record. */
  released(now: number): void {
    this.move('released', now);
    this.leaveReview();
  }

  /** Begins the refund that was decided on, unless it has begun. @returns its reference */
  startRefund(reference: string, now: number): string {
    if (this.isRefundOpen && this.refund.reference !== undefined) return this.refund.reference;
    this.move('refunding', now, () => this.refund.begin(reference, false));
    this.leaveReview();
    return reference;
  }

  /** What is on record of the refund. A declined one has moved no money: a person decides now, not the deadline. */
  refundRecorded(progress: RefundProgress, now: number): void {
    this.move(statusAfter(progress.status), now, () => this.refund.record(progress));
    if (progress.status === 'DECLINED') this.decideAnew();
  }

  /** The gateway has paid the refund that was given up. What was decided meanwhile is not carried out. */
  unansweredPaid(refund: UnansweredRefund, progress: RefundProgress, now: number): void {
    if (this.decision)
      this.givenUp.decision = { reason: `refund ${refund.reference} has been paid after all` };
    this.decisions.make(refund.decision);
    this.move('refunding', now, () => this.refund.takeUp(refund));
    this.refundRecorded(progress, now);
    this.leaveReview();
  }

  /** Whether a refund is under way, or waits for a person. */
  get isRefundOpen(): boolean {
    return this.now === 'refunding' || this.now === 'refundFailed';
  }

  /** The gateway has taken the refund back: the payment is held, and a person decides anew. */
  reopened(reference: string, reopened: Reopened, now: number): void {
    const { statusReason, terms, reasons } = reopened;
    this.move('held', now, () => this.refund.reversed(reference, reopened));
    this.terms = terms;
    this.ruled = 'HOLD';
    this.reasons = reasons;
    this.log.event(now, statusReason);
    this.decideAnew();
  }

  /** The decision could not be carried out, and no money has moved: a person decides anew, not the deadline. */
  decisionGivenUp(reason: string, now: number): void {
    if (this.now === 'refunding') this.move('held', now, () => this.refund.withdraw());
    this.decideAnew();
    this.givenUp.decision = { reason };
  }

  /** What became of the refund could not be recorded: a person finds out, as for a refund without outcome. */
  refundOutcomeGivenUp(statusReason: string, now: number): void {
    this.move('refundFailed', now, () => this.refund.record({ status: 'FAILED', statusReason }));
  }

  private decideAnew(): void {
    this.decisions.withdraw();
    if (this.terms) this.terms = { ...this.terms, deadlineAction: 'stayHeld' };
  }

  /** Why a message about the review's clock would be refused, whatever it says; undefined: it may be taken. */
  refusalOfReviewCommand(): string | undefined {
    return this.decisions.made || this.now !== 'held' ? 'the payment is not in review' : undefined;
  }

  /** @param assignee who looks after the payment from now on; undefined for no one */
  assign(command: AssignCommand): void {
    this.assigned = command.assignee;
    this.journal.append({ kind: 'assign', ...command });
  }

  /** A decision about the refund is for one whose outcome is not known. */
  refusalOfRefundCommand(command: RefundCommand): string | undefined {
    return this.now === 'refundFailed'
      ? this.refund.refusalOfCommand(command)
      : 'the refund does not wait for a person';
  }

  /**
   * @param change what happens to the refund with it
   * @throws Error, and changes nothing, where the table of transitions has no such move
   */
  private move(to: PaymentStatus, now: number, change = (): void => {}): void {
    if (to !== this.now && !mayMove(this.now, to))
      throw new Error(`a payment cannot go from ${this.now} to ${to}`);
    change();
    this.now = to;
    const refund = this.refund.status;
    const text = refund === undefined ? to : `${to}, refund ${refund}`;
    if (text !== this.log.timeline.at(-1)?.text) this.log.event(now, text);
  }
}
