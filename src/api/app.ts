import { randomUUID } from 'node:crypto';
import { fastify, type FastifyInstance, LogController } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { PaymentBlockClient } from '../client/index.ts';
import { Authenticator } from './http/authentication.ts';
import type { ApiDeps, RouteDeps } from './deps/deps.ts';
import { docsRoutes } from './docs-page/routes.ts';
import { gatewayWebhookRoute } from './routes/gateways/webhook.ts';
import { healthRoutes } from './routes/health.ts';
import { AllowedMethods } from './http/allowed-methods.ts';
import { acceptJsonBodies, validatorCompiler } from './http/validation.ts';
import { kontoCloudRoutes } from './routes/kontocloud.ts';
import { kpaymentRoutes } from './routes/kpayment.ts';
import { LoadLimit } from './http/load-limits.ts';
import { describeApi } from './http/openapi.ts';
import { reviewPageRoutes } from './review-page/routes.ts';
import { RefundRechecks } from './deps/refund-rechecks.ts';
import { Tokens } from './http/tokens.ts';
import { answerBadRequest, answerNotFound, answerUnrouted } from './unrouted.ts';
import { toJson } from '../wire/exact-json.ts';

const MAX_BODY_BYTES = 64 * 1024;
/** Each looks at Postgres twice a second; an unblock beyond answers PENDING at once. */
const MAX_REFUND_WAITS = 256;

/** The HTTP API, not listening yet. It closes nothing that it was given. */
export async function buildApp(deps: ApiDeps): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    frameworkErrors: answerBadRequest,
    genReqId: () => randomUUID().replaceAll('-', ''),
    bodyLimit: MAX_BODY_BYTES,
    trustProxy: [...deps.settings.trustedProxies],
    // For the request to come in, not for its answer.
    requestTimeout: 30_000,
    // Percent-encoded, 255 characters are up to nine times as long; the schemas say what is too long.
    routerOptions: { maxParamLength: 4096 },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  // The compiler of TypeScript has checked what the routes answer.
  app.setSerializerCompiler(() => toJson);
  app.decorateRequest('caller', undefined);
  acceptJsonBodies(app);
  const allowed = AllowedMethods.of(app);
  // Before the body is read, which may be of any kind.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return answerNotFound(request, reply, allowed);
  });
  app.setErrorHandler(answerUnrouted);

  const stopping = new AbortController();
  app.addHook('preClose', async () => stopping.abort());
  app.addHook('onResponse', async (request, reply) => {
    const level = request.url.startsWith('/health/') ? 'debug' : 'info';
    request.log[level](
      {
        method: request.method,
        url: request.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        user: request.caller?.userId,
      },
      'answered',
    );
  });

  const tokens = new Tokens(deps.settings.tokenSecret, deps.settings.tokenLifetimeSeconds);
  const client = new PaymentBlockClient(deps.temporal, deps.taskQueue, { vouch: deps.assertions.vouch });
  const routeDeps: RouteDeps = {
    ...deps,
    client,
    refundRechecks: new RefundRechecks(client, deps.logger),
    authenticator: new Authenticator(deps.pool, tokens),
    tokens,
    lifecycleCalls: new LoadLimit(deps.settings.maxLifecycleCalls),
    refundWaits: new LoadLimit(MAX_REFUND_WAITS),
    stopping: stopping.signal,
  };
  await describeApi(app);
  await app.register(docsRoutes);
  await app.register(healthRoutes, routeDeps);
  await app.register(kpaymentRoutes, routeDeps);
  await app.register(kontoCloudRoutes, routeDeps);
  await app.register(reviewPageRoutes, routeDeps);
  await app.register(gatewayWebhookRoute, routeDeps);
  return app;
}
