import { type Command, Option } from 'commander';
import { z } from 'zod';
import {
  MessageRefused,
  type PaymentBlockClient,
  type PaymentRef,
  type PaymentView,
} from '../../client/index.ts';
import { UsageError } from '../output/failures.ts';
import { describePayment, print } from '../output/output.ts';
import { paymentRefOf, wantsJson, withClient } from '../input/session.ts';

const signed = z.object({ operator: z.string(), reason: z.string() });
const unblockOptions = signed.extend({
  refund: z.literal(true).exactOptional(),
  release: z.literal(true).exactOptional(),
});
const confirmOptions = signed.extend({ hash: z.string() });

/** `unblock`, `confirm`, `hold` and `status` of a blocked payment. */
export function addPaymentCommands(program: Command): void {
  program
    .command('unblock')
    .argument('<uniqueReference>')
    .description("let a blocked payment's money go")
    .addOption(new Option('--refund', 'back to the payment option').conflicts('release'))
    .option('--release', 'on to the merchant')
    .requiredOption('--operator <name>', 'who says so')
    .option('--reason <text>', 'why', '')
    .action(async (uniqueReference: string, _options: unknown, command: Command) => {
      const { operator, reason, refund, release } = unblockOptions.parse(command.opts());
      if (refund === undefined && release === undefined)
        throw new UsageError('say where the money goes: --refund or --release');
      const ref = paymentRefOf(command, uniqueReference);
      const view = await saidTo(ref, (client) =>
        client.unblockPayment(ref, { refundAmount: refund === true, operator, reason }),
      );
      show(command, view);
    });

  program
    .command('confirm')
    .argument('<uniqueReference>')
    .description('carry out the unblock that another operator has proposed')
    .requiredOption('--hash <hash>', 'of the proposal, as "status" shows it')
    .requiredOption('--operator <name>', 'who says so')
    .option('--reason <text>', 'why', '')
    .action(async (uniqueReference: string, _options: unknown, command: Command) => {
      const { hash: confirms, operator, reason } = confirmOptions.parse(command.opts());
      const ref = paymentRefOf(command, uniqueReference);
      const view = await saidTo(ref, (client) => client.confirmUnblock(ref, { confirms, operator, reason }));
      show(command, view);
    });

  program
    .command('hold')
    .argument('<uniqueReference>')
    .description('send a payment to review, whatever the rules say')
    .requiredOption('--operator <name>', 'who says so')
    .option('--reason <text>', 'why', '')
    .action(async (uniqueReference: string, _options: unknown, command: Command) => {
      const by = signed.parse(command.opts());
      const ref = paymentRefOf(command, uniqueReference);
      const view = await saidTo(ref, (client) => client.holdPayment(ref, by));
      const answer = view.messages.findLast(
        ({ name, operator }) => name === 'hold' && operator === by.operator,
      );
      if (answer?.outcome === 'refused') throw new MessageRefused(answer.text);
      show(command, view);
    });

  program
    .command('status')
    .argument('<uniqueReference>')
    .description('show where a payment stands')
    .action(async (uniqueReference: string, _options: unknown, command: Command) => {
      const ref = paymentRefOf(command, uniqueReference);
      const view = await withClient((client) => client.payment(ref));
      show(command, view);
    });
}

/** Says something to a payment. @returns where it then stands */
async function saidTo(
  ref: PaymentRef,
  say: (client: PaymentBlockClient) => Promise<unknown>,
): Promise<PaymentView> {
  return withClient(async (client) => {
    await say(client);
    return client.payment(ref);
  });
}

function show(command: Command, view: PaymentView): void {
  print(wantsJson(command), view, describePayment(view, view.messages));
}
