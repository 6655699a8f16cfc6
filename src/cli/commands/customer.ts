import { readDate } from '../input/options.ts';
import type { Command } from 'commander';
import { z } from 'zod';
import { customerBlockView } from '../../store/customers/customer-blocks.ts';
import { withDatabase } from '../input/database.ts';
import { signatureOf, signed } from '../input/signed.ts';
import { UsageError } from '../output/exit.ts';
import { describeCustomer, print } from '../output/output.ts';
import { customerRefOf, wantsJson, withClient } from '../input/session.ts';

const text = z.string().exactOptional();
const blockOptions = z.object({
  invoiceGuid: text,
  ccLastFour: z.string().max(16).exactOptional(),
  ccType: text,
  cardHolder: text,
  expiresAt: text,
  notify: z.boolean().default(false),
});

/** `customer block`, `customer unblock` and `customer show`. */
export function addCustomerCommands(program: Command): void {
  const customer = program.command('customer').description("a customer's bar from online payment");

  signed(customer.command('block').argument('<customerUuid>'))
    .description('bar a customer from online payment, or add a card or an invoice to the block')
    .option('--invoice-guid <text>')
    .option('--cc-last-four <digits>')
    .option('--cc-type <text>')
    .option('--card-holder <name>')
    .option('--expires-at <date>', 'ends by itself then, for example 2026-12-31T12:00Z')
    .option('--notify', 'send the notification')
    .action(async (customerUuid: string, _options: unknown, command: Command) => {
      const { notify, invoiceGuid, expiresAt, ...card } = blockOptions.parse(command.opts());
      const request = {
        ...card,
        ...(invoiceGuid === undefined ? {} : { invoiceGUID: invoiceGuid }),
        ...(expiresAt === undefined ? {} : { expiresAt: readFuture(expiresAt) }),
        onlinePayment: true,
        sendBlockNotification: notify,
        threeDSAuthentication: false,
        actor: signatureOf(command).actor.name,
      };
      const ref = customerRefOf(command, customerUuid);
      const view = await withClient((client) => client.blockCustomer(ref, request));
      print(wantsJson(command), view, describeCustomer(view));
    });

  signed(customer.command('unblock').argument('<customerUuid>'))
    .description('end the block with all its cards and invoices')
    .action(async (customerUuid: string, _options: unknown, command: Command) => {
      const { actor, reason } = signatureOf(command);
      const ref = customerRefOf(command, customerUuid);
      const { wasBlocked, ...view } = await withClient((client) =>
        client.unblockCustomer(ref, { operator: actor.name, reason }),
      );
      if (wasBlocked === false) throw new Error(`customer ${customerUuid} was not blocked: is the id right?`);
      print(wantsJson(command), view, describeCustomer(view));
    });

  customer
    .command('show')
    .argument('<customerUuid>')
    .description('whether a customer is blocked, and until when')
    .action(async (customerUuid: string, _options: unknown, command: Command) => {
      const ref = customerRefOf(command, customerUuid);
      const view = await withDatabase((pool) => customerBlockView(pool, ref));
      print(wantsJson(command), view, describeCustomer(view));
    });
}

function readFuture(date: string): string {
  const at = readDate('--expires-at', date);
  if (at.getTime() <= Date.now()) throw new UsageError(`--expires-at ${date} lies in the past`);
  return at.toISOString();
}
