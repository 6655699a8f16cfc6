import type { Disposition } from './decision.ts';
import type { PaymentRef } from './ids.ts';
import type {
  AssignCommand,
  ConfirmUnblockCommand,
  ExtendReviewCommand,
  HoldCommand,
  NoteCommand,
  PauseReviewCommand,
  RefundCommand,
  UnblockCommand,
} from './operator-commands.ts';
import type {
  BlockedPayment,
  DecidedBy,
  Happening,
  OperatorMessage,
  PaymentStatus,
  PaymentView,
  UnblockProposal,
} from './payment.ts';
import type { RefundStatus } from './refund.ts';
import { canBeUnblocked } from './payment.ts';
import { timeText } from './time-text.ts';

/** The word to let the money go: what an operator, the rules or the deadline decided. */
export interface UnblockDecision extends UnblockCommand {
  readonly decidedBy: DecidedBy;
  /** The second operator, where two had to agree. */
  readonly confirmedBy?: string;
}

/** Accepted, for the review to carry out in the order it came. */
export type ReviewCommand =
  | (ExtendReviewCommand & { readonly kind: 'extendReview' })
  | (PauseReviewCommand & { readonly kind: 'pauseReview' | 'resumeReview' })
  | (UnblockCommand & { readonly kind: 'proposeUnblock'; readonly at: string });

type JottingCommand =
  | (AssignCommand & { readonly kind: 'assign' })
  | (NoteCommand & { readonly kind: 'note' })
  | (HoldCommand & { readonly kind: 'takeUnblockBack' });

/** Accepted, to be put on record in the order it came. The number tells it from the payment's others. */
export type Jotting = JottingCommand & { readonly number: number };

/** Messages and happenings beyond this many are dropped from the view, oldest first; the run's history keeps them all. */
const SHOWN = 20;

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
  /** Epoch milliseconds; undefined while there is no review, or it is paused. */
  reviewDueAt: number | undefined;
  /** Epoch milliseconds; undefined while the review's clock runs. */
  pausedAt: number | undefined;
  /** The decision that is being, or was, carried out. */
  unblock: UnblockDecision | undefined;
  /** Whether an operator's unblock waits for a second one to confirm it. */
  fourEyes = false;
  proposal: UnblockProposal | undefined;
  assignedTo: string | undefined;
  escalatedTo: string | undefined;
  /** Who asked for a review, before the rules had decided. */
  private holdAskedBy: string | undefined;
  /** For the review; the oldest first. */
  private commands: readonly ReviewCommand[] = [];
  /** For the record; the oldest first. */
  private jottings: readonly Jotting[] = [];
  private jottingsMade = 0;
  /** Accepted, not yet carried out. */
  refundCommand: RefundCommand | undefined;
  /** There may be something new at the gateway: not looked up yet. */
  refundNews = false;
  refund:
    | { readonly reference: string; readonly status: RefundStatus; readonly statusReason: string }
    | undefined;
  private readonly messages: OperatorMessage[] = [];
  private readonly timeline: Happening[] = [];
  private lastSeen = '';

  constructor(payment: BlockedPayment) {
    this.payment = payment;
    this.ref = { subscriberId: payment.subscriberId, uniqueReference: payment.uniqueReference };
  }

  /**
   * Takes in what the rules decided. Whoever was faster has the last word: an operator's unblock stands, or is
   * proposed where two must agree, and a hold asked for sends the payment to review.
   */
  decide(disposition: Disposition, reasons: readonly string[], now: number): void {
    this.disposition = this.holdAskedBy === undefined ? disposition : 'HOLD';
    this.reasons =
      this.holdAskedBy === undefined ? reasons : [...reasons, `review asked for by ${this.holdAskedBy}`];
    if (this.fourEyes && this.unblock) {
      const { decidedBy: _operator, ...early } = this.unblock;
      this.unblock = undefined;
      this.disposition = 'HOLD';
      this.reasons = [
        ...this.reasons,
        `an unblock by ${early.operator}, which another operator has to confirm`,
      ];
      this.propose(early, now);
    }
    this.happened(now, `the rules: ${disposition}`);
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

  /** Why an unblock would be refused now, by whomever; undefined if it would be taken. */
  refusalOfUnblock(): string | undefined {
    if (this.unblock) {
      const { decidedBy, operator, refundAmount } = this.unblock;
      const what = refundAmount ? 'refunded' : 'released to the merchant';
      return `the payment is already being ${what}: decided by ${decidedBy === 'operator' ? operator : decidedBy}`;
    }
    return canBeUnblocked(this.status) ? undefined : `the payment is ${this.status} and cannot be unblocked`;
  }

  onUnblock(command: UnblockCommand, now: number): string {
    const effect = whatItDoes(command.refundAmount);
    if (!this.fourEyes) {
      this.unblock = { ...command, decidedBy: 'operator' };
      return effect;
    }
    this.propose(command, now);
    return command.partnerReference === undefined
      ? `proposed: ${effect}; another operator has to confirm it`
      : effect;
  }

  refusalOfConfirmUnblock({ confirms, operator }: ConfirmUnblockCommand): string | undefined {
    const refused = this.refusalOfUnblock();
    if (refused !== undefined) return refused;
    if (this.proposal === undefined) {
      return 'there is nothing to confirm: nobody has proposed an unblock, or it was taken back. See the details';
    }
    if (this.proposal.hash !== confirms) {
      return 'the case has changed since: look at the details again, and confirm what they show now';
    }
    return isSamePerson(this.proposal.operator, operator)
      ? `${this.proposal.operator} has proposed it: somebody else has to confirm it`
      : undefined;
  }

  onConfirmUnblock({ operator: confirmedBy }: ConfirmUnblockCommand): string {
    if (!this.proposal) throw new Error('there is nothing to confirm');
    const { refundAmount, operator, reason } = this.proposal;
    this.unblock = { refundAmount, operator, reason, decidedBy: 'operator', confirmedBy };
    return `${whatItDoes(refundAmount)}, as ${operator} has proposed`;
  }

  /** Whether no unblock that was taken waits to be stored. */
  get unblockStored(): boolean {
    return (!canBeUnblocked(this.status) || this.unblock === undefined) && !this.waits('proposeUnblock');
  }

  refusalOfHold(): string | undefined {
    return this.unblock || !canBeUnblocked(this.status)
      ? 'too late: the money is already on its way'
      : undefined;
  }

  /** Whoever says stop also takes back what was proposed. */
  onHold(command: HoldCommand): string {
    this.holdAskedBy = command.operator;
    if (this.proposal === undefined && !this.waits('proposeUnblock')) {
      return this.status === 'held' ? 'already in review' : 'goes to review';
    }
    this.proposal = undefined;
    this.commands = this.commands.filter(({ kind }) => kind !== 'proposeUnblock');
    this.jot({ kind: 'takeUnblockBack', ...command });
    return 'stays in review; the proposed unblock is taken back';
  }

  refusalOfExtendReview(): string | undefined {
    return (
      this.refusalOfReviewCommand() ??
      (this.pausedAt === undefined ? undefined : 'the review is paused: send resumeReview first')
    );
  }

  onExtendReview(command: ExtendReviewCommand): string {
    // The newest counts where the review has not got to the one before.
    this.commands = this.commands.filter(({ kind }) => kind !== 'extendReview');
    this.enqueue({ kind: 'extendReview', ...command });
    return `review until ${timeText(command.until)}`;
  }

  refusalOfPauseReview(now: number): string | undefined {
    const refused = this.refusalOfReviewCommand();
    if (refused !== undefined) return refused;
    if (this.pausedAt !== undefined) return 'the review is paused already';
    return this.reviewDueAt !== undefined && this.reviewDueAt <= now
      ? 'the review is overdue: its clock has run down. Send extendReview'
      : undefined;
  }

  onPauseReview(command: PauseReviewCommand, now: number): string {
    this.pausedAt = now;
    this.enqueue({ kind: 'pauseReview', ...command });
    return 'the clock stands still';
  }

  refusalOfResumeReview(): string | undefined {
    const refused = this.refusalOfReviewCommand();
    if (refused !== undefined) return refused;
    if (this.pausedAt === undefined) return 'the review is not paused';
    return this.waits('resumeReview') ? 'somebody was faster: the clock goes on' : undefined;
  }

  onResumeReview(command: PauseReviewCommand): string {
    this.enqueue({ kind: 'resumeReview', ...command });
    return 'the clock goes on';
  }

  onAssign(command: AssignCommand): string {
    this.assignedTo = command.assignee;
    this.jot({ kind: 'assign', ...command });
    return command.assignee === undefined ? 'nobody looks after it' : `${command.assignee} looks after it`;
  }

  onNote(command: NoteCommand): string {
    this.jot({ kind: 'note', ...command });
    return command.text;
  }

  /**
   * A proposal is stored, under its hash. Null where it needs nobody to confirm it: a payment service's call is its
   * own authority.
   */
  onProposed(command: ReviewCommand & { readonly kind: 'proposeUnblock' }, hash: string | null): void {
    // Taken back in the meantime.
    if (!this.commands.includes(command)) return;
    const { kind: _kind, at: _at, ...unblock } = command;
    const { refundAmount, operator, reason } = unblock;
    if (hash === null) this.unblock = { ...unblock, decidedBy: 'operator' };
    else this.proposal = { refundAmount, operator, reason, hash };
  }

  /** What the review has to carry out next. */
  get reviewCommand(): ReviewCommand | undefined {
    return this.commands[0];
  }

  /** Whether a message of this kind waits to be carried out. */
  waits(kind: ReviewCommand['kind']): boolean {
    return this.commands.some((command) => command.kind === kind);
  }

  carriedOut(command: ReviewCommand): void {
    this.commands = this.commands.filter((waiting) => waiting !== command);
  }

  /** The review is over: nothing is left of it to be carried out, or to be confirmed. */
  leaveReview(): void {
    this.commands = [];
    this.proposal = undefined;
    this.pausedAt = undefined;
    this.reviewDueAt = undefined;
  }

  /** What has to be put on record next. */
  get jotting(): Jotting | undefined {
    return this.jottings[0];
  }

  jottedDown(jotting: Jotting): void {
    this.jottings = this.jottings.filter((waiting) => waiting !== jotting);
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
    if (this.messages.length > SHOWN) this.messages.shift();
  }

  /** Records something that happened. */
  happened(now: number, text: string): void {
    this.timeline.push({ at: new Date(now).toISOString(), text });
    if (this.timeline.length > SHOWN) this.timeline.shift();
  }

  /** Records a change of status, if there is one since it was last seen. */
  see(now: number): void {
    const refund = this.refund ? `, refund ${this.refund.status}` : '';
    const seen = `${this.status}${refund}`;
    if (seen === this.lastSeen) return;
    this.lastSeen = seen;
    this.happened(now, seen);
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
      timeline: this.timeline,
      ...(this.disposition ? { disposition: this.disposition } : {}),
      ...(this.reviewDueAt === undefined ? {} : { reviewDueAt: new Date(this.reviewDueAt).toISOString() }),
      ...(this.pausedAt === undefined ? {} : { pausedAt: new Date(this.pausedAt).toISOString() }),
      ...(this.assignedTo === undefined ? {} : { assignedTo: this.assignedTo }),
      ...(this.escalatedTo === undefined ? {} : { escalatedTo: this.escalatedTo }),
      ...(this.proposal ? { proposal: this.proposal } : {}),
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

  /** A new proposal takes the place of the one before. */
  private propose(command: UnblockCommand, now: number): void {
    this.proposal = undefined;
    this.enqueue({ kind: 'proposeUnblock', at: new Date(now).toISOString(), ...command });
  }

  private refusalOfReviewCommand(): string | undefined {
    return this.unblock || this.status !== 'held' ? 'the payment is not in review' : undefined;
  }

  private enqueue(command: ReviewCommand): void {
    this.commands = [...this.commands, command];
  }

  private jot(command: JottingCommand): void {
    this.jottingsMade += 1;
    this.jottings = [...this.jottings, { number: this.jottingsMade, ...command }];
  }
}

function whatItDoes(refundAmount: boolean): string {
  return refundAmount ? 'refund it' : 'release it to the merchant';
}

/** Names are what people type: blanks and letter case make no other person. */
function isSamePerson(one: string, other: string): boolean {
  return comparable(one) === comparable(other);
}

function comparable(name: string): string {
  return name.normalize('NFKC').replace(/\s+/g, ' ').trim().toLowerCase();
}
