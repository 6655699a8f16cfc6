import { connectTemporal } from '../client/connect.ts';
import { readApiConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { createWebhookChannel } from '../notifications/webhook.ts';
import { cardFingerprints } from '../store/card-fingerprint.ts';
import { createPool } from '../store/postgres.ts';
import { loadRuleSet } from '../store/rule-set-file.ts';
import { createSealer } from '../store/sealing.ts';
import { StoredRuleSets } from '../store/stored-rule-sets.ts';
import { endWhenAsked, reportReady } from '../supervised.ts';
import { buildApp } from './app.ts';

try {
  const config = readApiConfig(process.env);
  const log = createLogger('api', config.LOG_LEVEL);
  const defaultRuleSet = await loadRuleSet(config.RULES_FILE);
  const pool = createPool(config.DATABASE_URL, 'payment-block api', (error) => {
    log.warn({ err: error }, 'a Postgres connection broke; the pool opens another');
  });
  const temporal = connectTemporal();
  const webhooks = createWebhookChannel({ allowLoopback: config.ALLOW_LOOPBACK_WEBHOOKS });
  const app = await buildApp({
    pool,
    temporal,
    taskQueue: config.TASK_QUEUE,
    ruleSets: new StoredRuleSets(pool, defaultRuleSet, (problem) => log.error(problem)),
    cardFingerprint: cardFingerprints(config.FINGERPRINT_SECRET),
    webhooks,
    sealer: createSealer(config.SECRETS_KEY),
    logger: log,
    settings: {
      tokenSecret: config.TOKEN_SECRET,
      tokenLifetimeSeconds: config.TOKEN_LIFETIME_SECONDS,
      unblockWaitSeconds: config.UNBLOCK_WAIT_SECONDS,
      fourEyes: config.RULES_FOUR_EYES,
    },
  });
  endWhenAsked(async () => {
    await app.close();
    await webhooks.close();
    await temporal.connection.close();
    await pool.end();
  });
  await app.listen({ host: config.API_HOST, port: config.API_PORT });
  const address = app.server.address();
  reportReady({ port: typeof address === 'object' && address ? address.port : config.API_PORT });
} catch (error) {
  console.error(explain(error));
  process.exit(1);
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
