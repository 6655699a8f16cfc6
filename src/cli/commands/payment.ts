import type { Command } from 'commander';
import type { MessageAnswer, PaymentView } from '../../client/index.ts';
import { paymentRefOf, wantsJson, withClient } from '../input/session.ts';
import { describePayment, print } from '../output/output.ts';

/** `status` of a blocked payment. */
export function addPaymentCommands(program: Command): void {
  program
    .command('status')
    .argument('<uniqueReference>')
    .description('show where a payment stands')
    .action(async (uniqueReference: string, _options: unknown, command: Command) => {
      const ref = paymentRefOf(command, uniqueReference);
      const view = await withClient((client) => client.payment(ref));
      showPayment(command, view);
    });
}

/** Prints a payment and the messages sent to it. @param view with the outcome of the message that was just sent */
export function showPayment(
  command: Command,
  view: PaymentView & Partial<Pick<MessageAnswer, 'outcome'>>,
): void {
  print(wantsJson(command), view, describePayment(view, view.messages));
}
