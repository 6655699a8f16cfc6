import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { customerBlockView } from '../../../store/customers/customer-blocks.ts';
import { callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { ccLastFour, freeText, moment, requiredText, text } from '../../../wire/fields.ts';
import { failures } from '../../formats/kpayment/responses.ts';
import { kpaymentSecurity } from '../../formats/kpayment/credentials.ts';

const params = z.object({ customerUuid: requiredText(64) });

const blockBody = z
  .object({
    invoiceGUID: text(64).exactOptional(),
    ccLastFour: ccLastFour.exactOptional(),
    ccType: freeText(32).exactOptional(),
    cardHolder: freeText(255).exactOptional(),
    onlinePayment: z.boolean().default(false),
    sendBlockNotification: z.boolean().default(false),
    threeDSAuthentication: z.boolean().default(false),
    expiresAt: moment
      .refine((at) => at > new Date(), 'lies in the past')
      .describe('It ends by itself then; left out: when an operator unblocks')
      .exactOptional(),
  })
  .meta({
    examples: [
      {
        invoiceGUID: '0f0f7c8e-2d0b-4c59-9d4e-6a5d1a0f8b11',
        ccLastFour: '4242',
        ccType: 'VISA',
        cardHolder: 'Ana Lima',
        onlinePayment: true,
        sendBlockNotification: true,
        threeDSAuthentication: false,
      },
    ],
  });

const unblockBody = z
  .object({ reason: freeText(500).default('') })
  .default({ reason: '' })
  .meta({ examples: [{ reason: 'identity confirmed' }] });

const blockState = z
  .object({
    customerUuid: z.string(),
    customerBlocked: z.boolean(),
    expiresAt: z.string().nullable().describe('ISO 8601, UTC; null: until an operator unblocks'),
  })
  .describe('Whether the customer is barred from online payment now');

const nothing = z.object({}).describe('Done; also where there was nothing left to do');

/** block-customer, and the way back: a customer's bar from online payment. */
export const customerBlockRoutes: FastifyPluginAsyncZod<RouteDeps> = async (
  app,
  { client, pool, lifecycleCalls },
) => {
  app.post(
    '/payment/kpayment/v1/customer/:customerUuid/block',
    {
      config: { scope: 'payment.customer.block' },
      schema: {
        tags: ['kpayment'],
        operationId: 'blockCustomer',
        summary: 'Block customer from online payment',
        description:
          'From now on the rules decline what is paid for the invoice, by the customer or with the card, and payments ' +
          'under way are held for review. Repeating a call changes nothing; another card or invoice is added.',
        security: kpaymentSecurity,
        params,
        body: blockBody,
        response: { 200: nothing, ...failures },
      },
    },
    async (request) => {
      const { subscriberId, userId: actor, known } = callerOf(request);
      const customer = { subscriberId, customerUuid: request.params.customerUuid };
      const { expiresAt, ...block } = request.body;
      const until = expiresAt && { expiresAt: expiresAt.toISOString() };
      await lifecycleCalls.run(() => client.blockCustomer(customer, { ...block, ...until, actor }, known));
      return {};
    },
  );

  app.post(
    '/payment/kpayment/v1/customer/:customerUuid/unblock',
    {
      config: { scope: 'payment.customer.unblock' },
      schema: {
        tags: ['kpayment'],
        operationId: 'unblockCustomer',
        summary: 'Unblock customer',
        description: 'Ends the block with all its cards and invoices. The body may be left out.',
        security: kpaymentSecurity,
        params,
        body: unblockBody,
        response: { 200: nothing, ...failures },
      },
    },
    async (request) => {
      const { subscriberId, userId: operator, known } = callerOf(request);
      const customer = { subscriberId, customerUuid: request.params.customerUuid };
      await lifecycleCalls.run(() =>
        client.unblockCustomer(customer, { operator, known, reason: request.body.reason }),
      );
      return {};
    },
  );

  app.get(
    '/payment/kpayment/v1/customer/:customerUuid/block',
    {
      config: { scope: 'payment.customer.read' },
      schema: {
        tags: ['kpayment'],
        operationId: 'showCustomerBlock',
        summary: 'Whether a customer is blocked',
        security: kpaymentSecurity,
        params,
        response: {
          200: blockState,
          ...failures,
        },
      },
    },
    async (request) => {
      const { subscriberId } = callerOf(request);
      const { customerUuid } = request.params;
      const { customerBlocked, expiresAt } = await customerBlockView(pool, { subscriberId, customerUuid });
      return { customerUuid, customerBlocked, expiresAt: expiresAt ?? null };
    },
  );
};
