import { z } from 'zod';
import { buildApp } from '../../src/api/app.ts';
import { Authenticator, callerOf, requireScope } from '../../src/api/http/authentication.ts';
import { identify } from '../../src/api/formats/kpayment/credentials.ts';
import { Tokens } from '../../src/api/http/tokens.ts';
import { connectTemporal } from '../../src/client/connect.ts';
import { readApiConfig } from '../../src/config.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createWebhookChannel } from '../../src/notifications/webhook.ts';
import { cardFingerprints } from '../../src/store/payments/card-fingerprint.ts';
import { createPool } from '../../src/store/db/postgres.ts';
import { loadRuleSet } from '../../src/store/rules/rule-set-file.ts';
import { createSealer } from '../../src/store/db/sealing.ts';
import { StoredRuleSets } from '../../src/store/rules/stored-rule-sets.ts';
import { shutdownOnSignal, reportReady } from '../../src/runtime/parent-process.ts';

/** The API as it is served, and beside it the floor: the same authentication and one insert. */
const config = readApiConfig(process.env);
const log = createLogger('bench', config.LOG_LEVEL);
const pool = createPool(config.DATABASE_URL, 'payment-block bench', (error) => log.warn({ err: error }));
const settings = {
  tokenSecret: config.TOKEN_SECRET,
  tokenLifetimeSeconds: config.TOKEN_LIFETIME_SECONDS,
  unblockWaitSeconds: config.UNBLOCK_WAIT_SECONDS,
  trustedProxies: [],
  maxLifecycleCalls: config.MAX_LIFECYCLE_CALLS,
  fourEyes: config.RULES_FOUR_EYES,
};
const temporal = connectTemporal();
const defaultRuleSet = await loadRuleSet(config.RULES_FILE);
const ruleSets = new StoredRuleSets(pool, defaultRuleSet, (problem) => log.error(problem));
const cardFingerprint = cardFingerprints(config.FINGERPRINT_SECRET);
const { TASK_QUEUE: taskQueue, TEMPORAL_UI_URL: temporalUiUrl } = config;
const runs = { temporalUiUrl, namespace: temporal.options.namespace };
const app = await buildApp({
  pool,
  temporal,
  taskQueue,
  runs,
  ruleSets,
  cardFingerprint,
  webhooks: new Map(),
  webhookChannel: createWebhookChannel({ allowLoopback: false }),
  sealer: createSealer(config.SECRETS_KEY),
  logger: log,
  settings,
});
const authenticator = new Authenticator(
  pool,
  new Tokens(settings.tokenSecret, settings.tokenLifetimeSeconds),
);

app.post(
  '/floor',
  {
    config: { scope: 'payment.rules.payisland' },
    onRequest: requireScope((request) => identify(request, authenticator)),
    schema: { body: z.record(z.string(), z.unknown()) },
  },
  async (request) => {
    await pool.query('insert into bench_floor (subscriber_id, body) values ($1, $2)', [
      callerOf(request).subscriberId,
      request.body,
    ]);
    return {};
  },
);

shutdownOnSignal(async () => {
  await app.close();
  await temporal.connection.close();
  await pool.end();
});
await app.listen({ host: config.API_HOST, port: config.API_PORT });
reportReady();
