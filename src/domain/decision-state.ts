import {
  confirmationBy,
  type ConfirmUnblockCommand,
  type SignedMessage,
  type UnblockCommand,
} from './commands.ts';
import type { Journal } from './journal.ts';
import { canBeUnblocked, type PaymentStatus, type UnblockDecision, type UnblockProposal } from './payment.ts';
import { isSamePerson } from './people.ts';
import type { ProposeUnblock, ReviewState } from './review-state.ts';

/** A decision as one run hands it to the next. */
export interface CarriedDecision {
  readonly decided?: UnblockDecision | undefined;
  readonly proposal?: UnblockProposal | undefined;
  readonly proposedUnder?: string | undefined;
}

/** The decision about one payment's money: proposed, made, or taken back. The first one that is made wins. */
export class DecisionState {
  private readonly review: ReviewState;
  private readonly journal: Journal;
  private decided: UnblockDecision | undefined;
  private proposal: UnblockProposal | undefined;
  /** The partnerReference of the call that the proposal came by. */
  private proposedUnder: string | undefined;

  constructor(
    review: ReviewState,
    journal: Journal,
    { decided, proposal, proposedUnder }: CarriedDecision = {},
  ) {
    this.review = review;
    this.journal = journal;
    this.decided = decided;
    this.proposal = proposal;
    this.proposedUnder = proposedUnder;
  }

  /** What a run that goes on from this one begins with. */
  carry(): CarriedDecision {
    return { decided: this.decided, proposal: this.proposal, proposedUnder: this.proposedUnder };
  }

  /** The decision that is being, or was, carried out. */
  get made(): UnblockDecision | undefined {
    return this.decided;
  }

  make(decision: UnblockDecision): void {
    this.decided = decision;
  }

  /** The decision was not carried out, or what it did was undone: a new one is needed. */
  withdraw(): void {
    this.decided = undefined;
  }

  /**
   * A proposal is on record under its hash. Null where it needs no second operator: a payment service's call is its
   * own authority.
   */
  proposed(command: ProposeUnblock, hash: string | null): void {
    // Withdrawn in the meantime.
    if (!this.review.includes(command)) return;
    const { kind: _kind, at: _at, ...unblock } = command;
    const { refundAmount, operator, known, reason, partnerReference } = unblock;
    if (hash === null) this.decided = { ...unblock, decidedBy: 'operator' };
    else {
      this.proposal = { refundAmount, operator, ...(known ? { known } : {}), reason, hash };
      this.proposedUnder = partnerReference;
    }
  }

  dropProposal(): void {
    this.proposal = undefined;
  }

  // Messages: why one would be refused now (undefined: it would be taken), and what taking it means

  refusalOfUnblock(status: PaymentStatus): string | undefined {
    if (this.decided) {
      const { decidedBy, operator, refundAmount } = this.decided;
      const what = refundAmount ? 'refunded' : 'released to the merchant';
      return `the payment is already being ${what}: decided by ${decidedBy === 'operator' ? operator : decidedBy}`;
    }
    if (this.review.isQueued('bookElsewhere'))
      return 'what went elsewhere is being booked: send it again in a moment';
    const { proposedBooking: booking } = this.review;
    if (booking)
      return `${booking.operator} has proposed that a part went elsewhere: another operator sends the same bookElsewhere, or takes it back with hold`;
    return canBeUnblocked(status) ? undefined : `the payment is ${status} and cannot be unblocked`;
  }

  /**
   * @param fourEyes whether another operator has to confirm it
   * @param callProposes whether that holds for a payment service's own call too
   */
  onUnblock(command: UnblockCommand, now: number, fourEyes: boolean, callProposes: boolean): string {
    const effect = effectOf(command.refundAmount);
    if (!fourEyes) {
      this.decided = { ...command, decidedBy: 'operator' };
      return effect;
    }
    // A new proposal takes the place of the one before.
    this.proposal = undefined;
    this.review.enqueue({ kind: 'proposeUnblock', at: new Date(now).toISOString(), ...command });
    return command.partnerReference === undefined || callProposes
      ? `proposed: ${effect}; another operator has to confirm it`
      : effect;
  }

  refusalOfConfirm({ confirms, operator }: ConfirmUnblockCommand, status: PaymentStatus): string | undefined {
    const refused = this.refusalOfUnblock(status);
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

  onConfirm(command: ConfirmUnblockCommand): string {
    if (!this.proposal) throw new Error('there is nothing to confirm');
    const { hash: _hash, ...proposed } = this.proposal;
    const under = this.proposedUnder === undefined ? {} : { partnerReference: this.proposedUnder };
    this.decided = { ...proposed, ...under, decidedBy: 'operator', ...confirmationBy(command) };
    return `${effectOf(proposed.refundAmount)}, as ${proposed.operator} has proposed`;
  }

  /** Whether an accepted unblock is carried out: a refund has begun, a release or a proposal is on record. */
  isUnblockDone(status: PaymentStatus): boolean {
    return (this.decided === undefined || !canBeUnblocked(status)) && !this.review.isQueued('proposeUnblock');
  }

  refusalOfHold(status: PaymentStatus): string | undefined {
    return this.decided || !canBeUnblocked(status) ? 'too late: the money is already on its way' : undefined;
  }

  /** Why the clock may not be moved: what two have to agree on, one alone does not put off or out of sight. */
  refusalOfClock(): string | undefined {
    return this.review.isForTwo && this.isProposed
      ? 'an unblock is proposed: another operator confirms it, or it is taken back with hold first'
      : undefined;
  }

  private get isProposed(): boolean {
    return this.proposal !== undefined || this.review.isQueued('proposeUnblock');
  }

  /** Why what is proposed may not change under the one who confirms it. */
  refusalWhileProposed(): string | undefined {
    return this.isProposed ? 'an unblock is proposed: take it back with hold first' : undefined;
  }

  /** A hold also withdraws what is proposed. */
  onHold(command: SignedMessage): string {
    const isBooking = this.review.proposedBooking !== undefined;
    if (!this.isProposed && !isBooking) return 'in review';
    this.proposal = undefined;
    this.review.dequeue('proposeUnblock');
    this.review.dropBooking();
    this.journal.append({ kind: 'withdrawProposal', ...command });
    return `stays in review; the proposed ${isBooking ? 'booking' : 'unblock'} is taken back`;
  }

  view(): { readonly proposal?: UnblockProposal; readonly decidedBy?: UnblockDecision['decidedBy'] } {
    return {
      ...(this.proposal ? { proposal: shown(this.proposal) } : {}),
      ...(this.decided ? { decidedBy: this.decided.decidedBy } : {}),
    };
  }
}

/** How it is known who proposes is for the audit. */
function shown({ known: _known, ...proposal }: UnblockProposal): UnblockProposal {
  return proposal;
}

function effectOf(refundAmount: boolean): string {
  return refundAmount ? 'refund it' : 'release it to the merchant';
}
