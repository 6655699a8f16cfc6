import { bookingText } from './messages/book-elsewhere.ts';
import { effectInWords, type OperatorMessage, type PaymentState } from './payment.ts';
import { effectOf } from './refund-state.ts';

/** What one operator has proposed, and does not count before another one agrees. */
export interface OpenProposal {
  /** The message that has proposed it. */
  readonly message: string;
  readonly operator: string;
  readonly reason: string;
  /** What is proposed: "refund it to the payment option". */
  readonly what: string;
  /** What comes next: "another operator sends the same". */
  readonly next: string;
}

/** What is proposed for a payment; undefined where nothing waits for a second operator. */
export function openProposal({
  proposal,
  bookingProposed: booking,
  refundOutcomeProposed: outcome,
  amount,
}: PaymentState): OpenProposal | undefined {
  if (proposal) {
    const { operator, reason, hash } = proposal;
    const next = `another operator confirms it by its hash, ${hash}`;
    return { message: 'unblock', operator, reason, what: effectInWords(proposal), next };
  }
  const same = 'another operator sends the same';
  if (booking) {
    const { operator, reason } = booking;
    return {
      message: 'bookElsewhere',
      operator,
      reason,
      what: bookingText(booking, amount.currency),
      next: same,
    };
  }
  if (!outcome) return undefined;
  const { kind: message, operator, reason } = outcome;
  return { message, operator, reason, what: effectOf(outcome), next: same };
}

/** Where a payment stands after a message, and whether that was done, or only proposed. */
export type MessageAnswer = PaymentState &
  ({ readonly outcome: 'accepted' } | { readonly outcome: 'proposed'; readonly proposed: OpenProposal });

/** The answer to a message, by the state that it left behind. */
export function answerTo(message: string, state: PaymentState): MessageAnswer {
  const proposed = openProposal(state);
  return proposed?.message === message
    ? { ...state, outcome: 'proposed', proposed }
    : { ...state, outcome: 'accepted' };
}

/** What became of a message: one that waits for a second operator is not yet accepted. */
export function outcomeOf(
  { name, operator, outcome }: OperatorMessage,
  open: OpenProposal | undefined,
): OperatorMessage['outcome'] | 'proposed' {
  const isOpen = outcome === 'accepted' && name === open?.message && operator === open.operator;
  return isOpen ? 'proposed' : outcome;
}

/** What became of a message, with what it said: "accepted: refund it". */
export function outcomeText(message: OperatorMessage, open: OpenProposal | undefined): string {
  const { text } = message;
  return text.startsWith('proposed: ') ? text : `${outcomeOf(message, open)}: ${text}`;
}
