import { connectTemporal } from '../client/connect.ts';
import { type ApiConfig, readApiConfig } from '../config.ts';
import { configuredWebhooks, readGatewaysFile } from '../gateways/configured-gateways.ts';
import type { GatewayWebhook } from '../gateways/port/gateway-webhook.ts';
import { createSandboxWebhook } from '../gateways/sandbox/sandbox-webhook.ts';
import { createLogger } from '../runtime/logger.ts';
import { createWebhookChannel } from '../notifications/webhook.ts';
import { cardFingerprints } from '../store/payments/card-fingerprint.ts';
import { createPool } from '../store/db/postgres.ts';
import { loadRuleSet } from '../store/rules/rule-set-file.ts';
import { createSealer } from '../store/db/sealing.ts';
import { StoredRuleSets } from '../store/rules/stored-rule-sets.ts';
import { shutdownOnSignal, reportReady } from '../runtime/parent-process.ts';
import { buildApp } from './app.ts';

try {
  const config = readApiConfig(process.env);
  const log = createLogger('api', config.LOG_LEVEL);
  const defaultRuleSet = await loadRuleSet(config.RULES_FILE);
  const pool = createPool(config.DATABASE_URL, 'payment-block api', (error) => {
    log.warn({ err: error }, 'a Postgres connection broke; the pool opens another');
  });
  const webhooks = await webhooksOf(config);
  const temporal = connectTemporal();
  const webhookChannel = createWebhookChannel({ allowLoopback: config.ALLOW_LOOPBACK_WEBHOOKS });
  const app = await buildApp({
    pool,
    temporal,
    taskQueue: config.TASK_QUEUE,
    runs: { temporalUiUrl: config.TEMPORAL_UI_URL, namespace: temporal.options.namespace },
    ruleSets: new StoredRuleSets(pool, defaultRuleSet, (problem) => log.error(problem)),
    cardFingerprint: cardFingerprints(config.FINGERPRINT_SECRET),
    webhooks,
    webhookChannel,
    sealer: createSealer(config.SECRETS_KEY),
    logger: log,
    settings: {
      tokenSecret: config.TOKEN_SECRET,
      tokenLifetimeSeconds: config.TOKEN_LIFETIME_SECONDS,
      unblockWaitSeconds: config.UNBLOCK_WAIT_SECONDS,
      fourEyes: config.RULES_FOUR_EYES,
      maxLifecycleCalls: config.MAX_LIFECYCLE_CALLS,
      trustedProxies: config.TRUSTED_PROXIES.split(/[\s,]+/).filter((proxy) => proxy !== ''),
    },
  });
  shutdownOnSignal(async () => {
    await app.close();
    await webhookChannel.close();
    await temporal.connection.close();
    await pool.end();
  });
  // Building the description takes a quarter of a second, which no call should wait for.
  await app.ready();
  app.swagger();
  await app.listen({ host: config.API_HOST, port: config.API_PORT });
  const address = app.server.address();
  reportReady({ port: typeof address === 'object' && address ? address.port : config.API_PORT });
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}

/** Which gateways may send hints: as the worker's gateways are configured, but with their webhooks' secrets only. */
async function webhooksOf(config: ApiConfig): Promise<ReadonlyMap<string, GatewayWebhook>> {
  if (config.GATEWAYS_FILE !== undefined) {
    return configuredWebhooks(await readGatewaysFile(config.GATEWAYS_FILE), process.env);
  }
  const secret = config.GATEWAY_WEBHOOK_SECRET;
  return new Map(secret === undefined ? [] : [['sandbox', createSandboxWebhook(secret)]]);
}

function explain(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return (
      `The API cannot listen: ${error.message}.\n` +
      'Stop the program that listens there, or choose another port with API_PORT.'
    );
  }
  return error instanceof Error ? error.message : String(error);
}
