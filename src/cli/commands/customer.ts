import type { CustomerBlockView, CustomerRef } from '../../client/index.ts';
import { readDate } from '../input/options.ts';
import type { Command } from 'commander';
import { z } from 'zod';
import { customerBlockView } from '../../store/customers/customer-blocks.ts';
import { withDatabase } from '../input/database.ts';
import { callApi, type Session } from '../input/signed-in.ts';
import { signatureOf, signed } from '../input/signed.ts';
import { UsageError } from '../output/exit.ts';
import { describeCustomer, print } from '../output/output.ts';
import { customerRefOf, signedInFor, wantsJson, withClient } from '../input/session.ts';

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
      };
      const ref = customerRefOf(command, customerUuid);
      const session = signedInFor(command);
      const { actor } = signatureOf(command, session);
      const view = session
        ? await changeByApi(session, ref, 'block', request)
        : await withClient((client) => client.blockCustomer(ref, { ...request, actor: actor.name }));
      print(wantsJson(command), view, describeCustomer(view));
    });

  signed(customer.command('unblock').argument('<customerUuid>'))
    .description('end the block with all its cards and invoices')
    .action(async (customerUuid: string, _options: unknown, command: Command) => {
      const ref = customerRefOf(command, customerUuid);
      const session = signedInFor(command);
      const { actor, reason } = signatureOf(command, session);
      const { wasBlocked, ...view } = session
        ? await changeByApi(session, ref, 'unblock', { reason })
        : await withClient((client) => client.unblockCustomer(ref, { operator: actor.name, reason }));
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

/** Blocks or unblocks as the person who is signed in. */
async function changeByApi(
  session: Session,
  { subscriberId, customerUuid }: CustomerRef,
  change: 'block' | 'unblock',
  body: unknown,
): Promise<CustomerBlockView> {
  const customer = `/payment/kpayment/v1/customer/${encodeURIComponent(customerUuid)}`;
  const before = customerState.parse(await callApi(session, 'GET', `${customer}/block`));
  await callApi(session, 'POST', `${customer}/${change}`, body);
  const { customerBlocked, expiresAt } = customerState.parse(
    await callApi(session, 'GET', `${customer}/block`),
  );
  return {
    subscriberId,
    customerUuid,
    customerBlocked,
    ...(expiresAt !== null && { expiresAt }),
    wasBlocked: before.customerBlocked,
  };
}

const customerState = z.object({ customerBlocked: z.boolean(), expiresAt: z.string().nullable() });
