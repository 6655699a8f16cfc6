import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type Authenticator, bearerToken, type Caller, requireScope } from '../http/authentication.ts';
import type { RouteDeps } from '../deps/deps.ts';
import { refuseBeyondPool, retryAfterSeconds } from '../http/load-limits.ts';
import { NotAuthenticated } from '../../failures/access.ts';
import { balancesRoute } from './books/balances.ts';
import { paymentLedgerRoute } from './books/payment.ts';
import { statementRoute } from './books/statement.ts';
import { endChangeRoutes } from './changes/end.ts';
import { readChangeRoutes } from './changes/read.ts';
import { changeRoutes } from './lists/change.ts';
import { importRoute } from './lists/import.ts';
import { readRoutes } from './lists/read.ts';
import { eventRoutes } from './notifications/events.ts';
import { webhookRoutes } from './notifications/webhooks.ts';
import { queueRoute } from './reviews/queue.ts';
import { statisticsRoute } from './reviews/statistics.ts';
import { closeTaskRoute } from './tasks/close.ts';
import { listTasksRoute } from './tasks/list.ts';
import { kontoCloudFailure } from '../formats/kontocloud/responses.ts';
import { issueTokenRoute } from './accounts/issue-token.ts';
import { sessionRoutes } from './accounts/session.ts';
import { chargebackRoutes } from './payments/chargebacks.ts';
import { kcBlockRoute } from './payments/kc-block.ts';
import { kcUnblockRoute } from './payments/kc-unblock.ts';
import { decisionRoutes } from './rules/decision.ts';
import { messageRoutes } from './payments/messages.ts';
import { paymentRoute } from './payments/payment.ts';
import { ruleSetRoutes } from './rules/rule-sets.ts';
import { shadowReportRoute } from './rules/shadow-report.ts';

/** KontoCloud's document unblock-amount, and what belongs to it: the block, the payment, the token; and what is our own, in its manner. */
export const kontoCloudRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  app.addHook('onRequest', async () => refuseBeyondPool(deps.pool));
  app.addHook(
    'onRequest',
    requireScope((request) => identify(request, deps.authenticator)),
  );
  app.setErrorHandler(answerFailure);
  await app.register(issueTokenRoute, deps);
  await app.register(sessionRoutes, deps);
  await app.register(kcBlockRoute, deps);
  await app.register(kcUnblockRoute, deps);
  await app.register(paymentRoute, deps);
  await app.register(messageRoutes, deps);
  await app.register(chargebackRoutes, deps);
  await app.register(decisionRoutes, deps);
  await app.register(ruleSetRoutes, deps);
  await app.register(shadowReportRoute, deps);
  await app.register(changeRoutes, deps);
  await app.register(readRoutes, deps);
  await app.register(importRoute, deps);
  await app.register(webhookRoutes, deps);
  await app.register(eventRoutes, deps);
  await app.register(queueRoute, deps);
  await app.register(statisticsRoute, deps);
  await app.register(statementRoute, deps);
  await app.register(paymentLedgerRoute, deps);
  await app.register(balancesRoute, deps);
  await app.register(listTasksRoute, deps);
  await app.register(closeTaskRoute, deps);
  await app.register(readChangeRoutes, deps);
  await app.register(endChangeRoutes, deps);
};

/** Answers a failed call in the document's manner, and logs what is not the caller's fault. */
export function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, body } = kontoCloudFailure(error, {
    partnerReference: readReference(request.body, 'partnerReference', 64),
    uniqueReference: readReference(request.params, 'uniqueReference', 36),
    requestId: request.id,
  });
  const retryAfter = retryAfterSeconds(status, error);
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  else if (status >= 500) request.log.error({ err: error }, 'a KontoCloud call failed');
  return reply.code(status).send(body);
}

/** A token in X-Auth-Token, or in Authorization (docs/contract.md, section 2). */
async function identify(request: FastifyRequest, authenticator: Authenticator): Promise<Caller> {
  const header = request.headers['x-auth-token'];
  const token = typeof header === 'string' && header !== '' ? header : bearerToken(request);
  if (token === undefined) throw new NotAuthenticated('none');
  return authenticator.byBearer(token);
}

/** A reference as the caller gave it; null where there is none, or nothing that could be one. */
function readReference(part: unknown, name: string, max: number): string | null {
  const fields = z.record(z.string(), z.unknown()).safeParse(part);
  return z.string().max(max).safeParse(fields.data?.[name]).data ?? null;
}
