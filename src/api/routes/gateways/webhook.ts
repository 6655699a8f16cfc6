import type { FastifyError } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { WebhookRejected } from '../../../gateways/port/gateway-webhook.ts';
import { recordDispute } from '../../../store/refunds/disputes.ts';
import { refundByHint } from '../../../store/refunds/refund-record.ts';
import type { RouteDeps } from '../../deps/deps.ts';

const taken = z.object({ received: z.literal(true) });
const refused = z.object({ error: z.string() });

/** Larger than what callers may send: a gateway's message can hold all that it knows of a payment. */
const MAX_BODY_BYTES = 512 * 1024;

/**
 * A gateway reports that a refund may have changed: the refund is looked up, and the message is not believed. A dispute
 * that it reports goes on record as a chargeback.
 */
export const gatewayWebhookRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  const { pool, client, webhooks } = deps;
  // What is signed are the bytes.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const { statusCode = 503 } = error;
    if (statusCode < 500) return reply.code(statusCode).send({ error: error.message });
    request.log.error({ err: error }, "a gateway's message could not be acted on");
    return reply.code(503).send({ error: 'It could not be acted on just now: send it again.' });
  });

  app.post(
    '/gateways/:gateway/webhook',
    {
      bodyLimit: MAX_BODY_BYTES,
      schema: {
        tags: ['gateways'],
        operationId: 'takeGatewayWebhook',
        summary: "Take a gateway's news of a refund or a dispute",
        description:
          'For the gateway itself, with its own signature. A refund is looked up, whatever the message says of it; a dispute goes on record as a chargeback.',
        security: [],
        params: z.object({ gateway: z.string() }),
        response: {
          200: taken.describe('Taken, also where it is about nothing of ours'),
          400: refused.describe('Not signed by the gateway'),
          404: refused.describe('No such gateway sends messages here'),
          503: refused.describe('Not possible now: to be sent again'),
        },
      },
    },
    async (request, reply) => {
      const { gateway } = request.params;
      const webhook = webhooks.get(gateway);
      if (!webhook) {
        return reply.code(404).send({ error: `No gateway ${gateway} is configured with a webhook secret.` });
      }
      const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const hint = verified(() => webhook.verify(rawBody, request.headers));
      if (hint instanceof WebhookRejected) {
        request.log.warn(
          { gateway, problem: hint.message },
          "a message that is not the gateway's was refused",
        );
        return reply.code(400).send({ error: hint.message });
      }
      if (hint === 'unreadable')
        request.log.warn({ gateway }, 'a signed message of the gateway cannot be read');
      else if (hint !== 'ignored' && 'dispute' in hint) {
        const { reference } = hint.dispute;
        const payment = await recordDispute(pool, hint.dispute);
        if (!payment)
          request.log.info({ gateway, reference }, 'a gateway reports a dispute that is not ours');
      } else if (hint !== 'ignored') {
        const refund = await refundByHint(pool, gateway, hint);
        if (refund) await client.refundChanged(refund);
        else request.log.info({ gateway, ...hint }, 'a gateway reports a refund that is not ours');
      }
      return reply.send({ received: true as const });
    },
  );
};

function verified<T>(verify: () => T): T | WebhookRejected {
  try {
    return verify();
  } catch (error) {
    if (error instanceof WebhookRejected) return error;
    throw error;
  }
}
