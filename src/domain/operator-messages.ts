import {
  ASSIGN_EXAMPLE,
  confirmUnblockExample,
  EXTEND_REVIEW_EXAMPLE,
  GIVE_UP_REFUND_EXAMPLE,
  HOLD_EXAMPLE,
  MARK_REFUND_PAID_EXAMPLE,
  NOTE_EXAMPLE,
  parseAssign,
  parseConfirmUnblock,
  parseExtendReview,
  parseGiveUpRefund,
  parseHold,
  parseMarkRefundPaid,
  parseNote,
  parsePauseReview,
  parseResumeReview,
  parseRetryRefund,
  parseUnblock,
  PAUSE_REVIEW_EXAMPLE,
  RESUME_REVIEW_EXAMPLE,
  RETRY_REFUND_EXAMPLE,
  UNBLOCK_EXAMPLE,
  type Parsed,
  type SignedMessage,
} from './operator-commands.ts';
import type { PaymentCase } from './payment-case.ts';

/** A message that operators can send to a payment's lifecycle, as an Update or as a Signal. */
export interface OperatorMessageKind {
  /** Its wire name, as the Temporal UI lists it. */
  readonly name: string;
  /** What the Temporal UI shows beside the name: what it does, and what to paste. */
  readonly description: string;
  /** Why the input would be refused now; undefined if it would be taken. Changes nothing. */
  readonly refusal: (current: PaymentCase, input: unknown, now: number) => string | undefined;
  /** Takes the message or refuses it, and records which. Never throws. @returns why it was refused */
  readonly take: (current: PaymentCase, input: unknown, now: number) => string | undefined;
  /** Whether what was taken has been carried out and recorded. */
  readonly isDone: (current: PaymentCase) => boolean;
  /**
   * Why a payment goes to review that is not taken in yet when the message arrives; undefined where it does not ask
   * for that.
   */
  readonly earlyReason: (input: unknown, now: number) => string | undefined;
}

interface Definition<T extends SignedMessage> {
  readonly name: string;
  readonly description: string;
  readonly example: string;
  readonly parse: (input: unknown, now: number) => Parsed<T>;
  readonly refusal: (current: PaymentCase, command: T, now: number) => string | undefined;
  /** Takes it; answers what that means, in a few words. */
  readonly accept: (current: PaymentCase, command: T, now: number) => string;
  readonly isDone: (current: PaymentCase) => boolean;
  readonly earlyReason?: (command: T) => string;
}

function define<T extends SignedMessage>(definition: Definition<T>): OperatorMessageKind {
  const { name, description, example, parse, refusal, accept, isDone, earlyReason } = definition;
  return {
    name,
    description: `${description}. Paste: ${example}`,
    refusal(current, input, now) {
      const parsed = parse(input, now);
      return parsed.ok ? refusal(current, parsed.value, now) : parsed.problem;
    },
    take(current, input, now) {
      const refused = (operator: string, problem: string) => {
        current.log.message(now, { name, operator, outcome: 'refused', text: problem });
        return problem;
      };
      const parsed = parse(input, now);
      if (!parsed.ok) return refused(parsed.operator ?? 'unknown', parsed.problem);
      const { operator, reason } = parsed.value;
      const problem = refusal(current, parsed.value, now);
      if (problem !== undefined) return refused(operator, problem);
      const effect = accept(current, parsed.value, now);
      const text = reason === '' ? effect : `${effect} (${reason})`;
      current.log.message(now, { name, operator, outcome: 'accepted', text });
      return undefined;
    },
    isDone,
    earlyReason(input, now) {
      const parsed = parse(input, now);
      return parsed.ok ? earlyReason?.(parsed.value) : undefined;
    },
  };
}

const aboutAnUnblock = {
  isDone: (current: PaymentCase) => current.isUnblockDone,
};

const isJournalRecorded = (current: PaymentCase) => current.journal.next === undefined;

/** Taken at any time: it moves no money. */
const forTheRecord = {
  refusal: () => undefined,
  isDone: isJournalRecorded,
};

const aboutTheRefund = {
  refusal: (current: PaymentCase) => current.refusalOfRefundCommand(),
  isDone: (current: PaymentCase) => current.refundCommand === undefined,
};

/** Everything an operator can say to a payment. */
export const operatorMessages: readonly OperatorMessageKind[] = [
  define({
    name: 'unblock',
    description: 'Refund (true) or release (false)',
    example: UNBLOCK_EXAMPLE,
    parse: parseUnblock,
    refusal: (current) => current.refusalOfUnblock(),
    accept: (current, command, now) => current.onUnblock(command, now),
    earlyReason: ({ operator }) => `${operator} sent unblock before the rules had decided`,
    ...aboutAnUnblock,
  }),
  define({
    name: 'confirmUnblock',
    description: 'Carry out what another operator has proposed; the details show its hash',
    example: confirmUnblockExample('…'),
    parse: parseConfirmUnblock,
    refusal: (current, command) => current.refusalOfConfirmUnblock(command),
    accept: (current, command) => current.onConfirmUnblock(command),
    ...aboutAnUnblock,
  }),
  define({
    name: 'hold',
    description: 'Keep for review, and take back a proposed unblock',
    example: HOLD_EXAMPLE,
    parse: parseHold,
    refusal: (current) => current.refusalOfHold(),
    accept: (current, command) => current.onHold(command),
    earlyReason: ({ operator }) => `review asked for by ${operator}`,
    isDone: isJournalRecorded,
  }),
  define({
    name: 'extendReview',
    description: 'More time for the review',
    example: EXTEND_REVIEW_EXAMPLE,
    parse: parseExtendReview,
    refusal: (current) => current.refusalOfReviewCommand() ?? current.review.refusalOfExtend(),
    accept: (current, command) => current.review.onExtend(command),
    isDone: (current) => !current.review.isQueued('extendReview'),
  }),
  define({
    name: 'pauseReview',
    description: "Stop the review's clock",
    example: PAUSE_REVIEW_EXAMPLE,
    parse: parsePauseReview,
    refusal: (current, _command, now) =>
      current.refusalOfReviewCommand() ?? current.review.refusalOfPause(now),
    accept: (current, command, now) => current.review.onPause(command, now),
    isDone: (current) => !current.review.isQueued('pauseReview'),
  }),
  define({
    name: 'resumeReview',
    description: 'Let the clock of a paused review go on',
    example: RESUME_REVIEW_EXAMPLE,
    parse: parseResumeReview,
    refusal: (current) => current.refusalOfReviewCommand() ?? current.review.refusalOfResume(),
    accept: (current, command) => current.review.onResume(command),
    isDone: (current) => !current.review.isQueued('resumeReview'),
  }),
  define({
    name: 'assign',
    description: 'Who looks after the payment; null for nobody',
    example: ASSIGN_EXAMPLE,
    parse: parseAssign,
    accept: (current, command) => current.onAssign(command),
    ...forTheRecord,
  }),
  define({
    name: 'note',
    description: 'What whoever decides should know; nothing personal, please',
    example: NOTE_EXAMPLE,
    parse: parseNote,
    accept: (current, command) => current.onNote(command),
    ...forTheRecord,
  }),
  define({
    name: 'retryRefund',
    description: 'A refund that needs a person: ask the gateway again, with the same key',
    example: RETRY_REFUND_EXAMPLE,
    parse: parseRetryRefund,
    accept: (current, command) => current.onRefundCommand(command),
    ...aboutTheRefund,
  }),
  define({
    name: 'markRefundPaid',
    description: 'A refund that needs a person: it is paid, under this reference of the gateway',
    example: MARK_REFUND_PAID_EXAMPLE,
    parse: parseMarkRefundPaid,
    accept: (current, command) => current.onRefundCommand(command),
    ...aboutTheRefund,
  }),
  define({
    name: 'giveUpRefund',
    description: 'A refund that needs a person: it is not paid; the payment goes back to review',
    example: GIVE_UP_REFUND_EXAMPLE,
    parse: parseGiveUpRefund,
    accept: (current, command) => current.onRefundCommand(command),
    ...aboutTheRefund,
  }),
];

/** What to tell who sent a signal that nobody listens to. */
export const NO_SUCH_SIGNAL = `there is no such signal: use ${operatorMessages.map(({ name }) => name).join(', ')}`;
