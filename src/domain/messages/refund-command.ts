import type { RefundCommand } from '../commands.ts';
import type { PaymentCase } from '../payment-case.ts';

/** What the messages about a refund that needs a person have in common. */
export const aboutTheRefund = {
  refusal: (current: PaymentCase) => current.refusalOfRefundCommand(),
  accept: (current: PaymentCase, command: RefundCommand) => current.refund.onCommand(command),
  part: 'refund' as const,
  isDone: (current: PaymentCase) => current.refund.command === undefined,
};
