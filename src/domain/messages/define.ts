import type { PaymentCase } from '../payment-case.ts';
import type { Known } from '../people.ts';
import type { Part } from '../step-given-up.ts';
import { type Parsed, withoutExample } from './message.ts';
import type { SignedMessage, RefundCommand } from '../commands.ts';

/** A field of a message: its name in JSON, and how the command line asks for it. */
export interface MessageField {
  readonly name: string;
  readonly kind: 'text' | 'number' | 'boolean';
  readonly isRequired: boolean;
  /** What it says, to be read after its name. */
  readonly description: string;
  /** The options of the command line that set it, where it is not `--name <value>`; a boolean has one for each value. */
  readonly options?: readonly string[];
}

/** A message that operators can send to a payment's lifecycle, as an Update or as a Signal. */
export interface OperatorMessageKind {
  /** Its wire name, as the Temporal UI lists it. */
  readonly name: string;
  /** What it does, in a line. */
  readonly effect: string;
  /** What it says beside operator and reason. */
  readonly fields: readonly MessageField[];
  /** A message that would be taken once a name is in it. */
  readonly example: string;
  /** Why the input can be no such message, whatever becomes of the payment, without the example; undefined if it can. */
  readonly problem: (input: unknown, now: number) => string | undefined;
  /** What the Temporal UI shows beside the name: what it does, and what to paste. */
  readonly description: string;
  /** Why the input would be refused now; undefined if it would be taken. Changes nothing. */
  readonly refusal: (current: PaymentCase, input: unknown, now: number) => string | undefined;
  /**
   * Takes the message or refuses it, and records which. Never throws.
   * @param known how it is known that the operator says so; left out where the name counts as it is typed
   * @returns why it was refused
   */
  readonly take: (current: PaymentCase, input: unknown, now: number, known?: Known) => string | undefined;
  /** The part of the lifecycle that carries it out. */
  readonly part: Part;
  /** Whether what was taken has been carried out and recorded, or was given up. */
  readonly isDone: (current: PaymentCase) => boolean;
  /**
   * Why a payment goes to review that is not taken in yet when the message arrives; undefined where it does not ask
   * for that.
   */
  readonly earlyReason: (input: unknown, now: number) => string | undefined;
}

interface Definition<T extends SignedMessage> {
  readonly name: string;
  /** What it does, in a line. */
  readonly effect: string;
  readonly fields?: readonly MessageField[];
  readonly example: string;
  readonly parse: (input: unknown, now: number) => Parsed<T>;
  readonly refusal: (current: PaymentCase, command: T, now: number) => string | undefined;
  /** Takes it; answers what that means, in a few words. */
  readonly accept: (current: PaymentCase, command: T, now: number) => string;
  readonly part: Part;
  readonly isDone: (current: PaymentCase) => boolean;
  readonly earlyReason?: (command: T) => string;
}

/** One operator message, from which handlers, details, commands and routes are made. */
export function define<T extends SignedMessage>(definition: Definition<T>): OperatorMessageKind {
  const {
    name,
    effect,
    fields = [],
    example,
    parse,
    refusal,
    accept,
    part,
    isDone,
    earlyReason,
  } = definition;
  return {
    name,
    effect,
    fields,
    example,
    description: `${effect}. Paste: ${example}`,
    problem(input, now) {
      const parsed = parse(input, now);
      return parsed.ok ? undefined : withoutExample(parsed.problem);
    },
    refusal(current, input, now) {
      const parsed = parse(input, now);
      return parsed.ok ? refusal(current, parsed.value, now) : parsed.problem;
    },
    take(current, input, now, known) {
      const refused = (operator: string, problem: string) => {
        current.log.message(now, { name, operator, outcome: 'refused', text: problem });
        return problem;
      };
      const parsed = parse(input, now);
      if (!parsed.ok) return refused(parsed.operator ?? 'unknown', parsed.problem);
      const command = known ? { ...parsed.value, known } : parsed.value;
      const { operator, reason } = command;
      const problem = refusal(current, command, now);
      if (problem !== undefined) return refused(operator, problem);
      const outcome = accept(current, command, now);
      const text = reason === '' ? outcome : `${outcome} (${reason})`;
      current.log.message(now, { name, operator, outcome: 'accepted', text });
      return undefined;
    },
    part,
    isDone,
    earlyReason(input, now) {
      const parsed = parse(input, now);
      return parsed.ok ? earlyReason?.(parsed.value) : undefined;
    },
  };
}

/** Done once everything that was said is on record. */
export const isJournalRecorded = (current: PaymentCase): boolean => current.journal.next === undefined;

/** What the messages about a refund that needs a person have in common. */
export const aboutTheRefund = {
  refusal: (current: PaymentCase, command: RefundCommand) => current.refusalOfRefundCommand(command),
  accept: (current: PaymentCase, command: RefundCommand) => {
    const outcome = current.refund.onCommand(command);
    if (current.refund.proposed === command && command.kind !== 'retryRefund') {
      const { kind, ...said } = command;
      current.journal.append({ ...said, kind: 'proposeRefundOutcome', outcome: kind });
    }
    return outcome;
  },
  part: 'refund' as const,
  isDone: (current: PaymentCase) =>
    current.refund.command === undefined &&
    (current.refund.proposed === undefined || isJournalRecorded(current)),
};
