import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { requireScope } from '../http/authentication.ts';
import type { RouteDeps } from '../deps/deps.ts';
import { refuseBeyondPool, retryAfterSeconds } from '../http/load-limits.ts';
import { kpaymentFailure } from '../formats/kpayment/responses.ts';
import { identify } from '../formats/kpayment/credentials.ts';
import { customerBlockRoutes } from './customers/customer-block.ts';
import { payislandRulesRoute } from './rules/payisland-rules.ts';

/** The kpayment documents: block-customer, run-payisland-rules, and what belongs to them. */
export const kpaymentRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  app.addHook('onRequest', async () => refuseBeyondPool(deps.pool));
  app.addHook(
    'onRequest',
    requireScope((request) => identify(request, deps.authenticator)),
  );
  app.setErrorHandler(answerFailure);
  await app.register(payislandRulesRoute, deps);
  await app.register(customerBlockRoutes, deps);
};

/** Answers a failed call in the documents' manner, and logs what is not the caller's fault. */
function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, body } = kpaymentFailure(error);
  if (status === 500) request.log.error({ err: error }, 'a kpayment call failed');
  if (status === 401) reply.header('www-authenticate', 'Basic realm="kpayment", charset="UTF-8", Bearer');
  const retryAfter = retryAfterSeconds(status, error);
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  return reply.code(status).send(body);
}
