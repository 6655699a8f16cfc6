import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { bearerToken, type Caller, requireScope, type Authenticator } from '../authentication.ts';
import type { RouteDeps } from '../deps.ts';
import { NotAuthenticated } from '../failures.ts';
import { kpaymentFailure } from './answers.ts';
import { customerBlockRoutes } from './customer-block.ts';
import { payislandRulesRoute } from './payisland-rules.ts';

/** The kpayment documents: block-customer, run-payisland-rules, and what belongs to them. */
export const kpaymentRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  app.addHook('onRequest', requireScope((request) => identify(request, deps.authenticator)));
  app.setErrorHandler(answerFailure);
  await app.register(payislandRulesRoute, deps);
  await app.register(customerBlockRoutes, deps);
};

/** How calls are secured, for the OpenAPI document. */
export const kpaymentSecurity = [{ basic: [] }, { bearer: [] }];

/** Answers a failed call in the documents' manner, and logs what is not the caller's fault. */
export function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, body } = kpaymentFailure(error);
  if (status === 500) request.log.error({ err: error }, 'a kpayment call failed');
  if (status === 401) reply.header('www-authenticate', 'Basic realm="kpayment", charset="UTF-8", Bearer');
  return reply.code(status).send(body);
}

/** HTTP Basic of a service account, or a token (docs/contract.md, "kpayment auth"). */
async function identify(request: FastifyRequest, authenticator: Authenticator): Promise<Caller> {
  const { authorization = '' } = request.headers;
  if (authorization.trim() === '') throw new NotAuthenticated('none');
  const token = bearerToken(request);
  if (token !== undefined) return authenticator.byToken(token);
  const [, encoded] = /^Basic +(\S+)$/i.exec(authorization) ?? [];
  const [, userId, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? [];
  if (userId === undefined || password === undefined) throw new NotAuthenticated('wrong');
  const account = await authenticator.byPassword(userId, password);
  return { userId, subscriberId: account.subscriberId, scopes: new Set(account.scopes) };
}
