import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DefaultLogger, NativeConnection, Runtime, Worker, type LogEntry } from '@temporalio/worker';
import { createActivities } from './activities/index.ts';
import { connectTemporal } from './client/connect.ts';
import { HOUR_MS, readWorkerConfig, reviewPolicyOf } from './config.ts';
import { createSandboxGateway } from './gateways/sandbox-gateway.ts';
import { createLogger } from './logger.ts';
import { createEmailChannel } from './notifications/email.ts';
import { ensureSchedules } from './schedules.ts';
import { reportReady } from './supervised.ts';
import { cardFingerprints } from './store/card-fingerprint.ts';
import { createPool } from './store/postgres.ts';
import { loadRuleSet } from './store/rule-set-file.ts';

const config = readWorkerConfig(process.env);
const log = createLogger('worker', config.LOG_LEVEL);
Runtime.install({
  logger: new DefaultLogger(config.LOG_LEVEL === 'debug' ? 'DEBUG' : 'INFO', (entry: LogEntry) => {
    log[pinoLevel(entry.level)](entry.meta ?? {}, entry.message);
  }),
  telemetryOptions: { logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } },
});

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const pool = createPool(config.DATABASE_URL, 'payment-block worker', (error) => {
  log.warn({ err: error }, 'a Postgres connection broke; the pool opens another');
});
const channel = createEmailChannel({
  smtpUrl: config.SMTP_URL,
  from: config.MAIL_FROM,
  to: config.MAIL_TO,
  temporalUiUrl: config.TEMPORAL_UI_URL,
  namespace,
});
const connection = await NativeConnection.connect(connectionOptions);
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: config.TASK_QUEUE,
  workflowsPath: fileURLToPath(new URL(`./workflows/index${extension()}`, import.meta.url)),
  activities: createActivities({
    pool,
    ruleSet: await loadRuleSet(config.RULES_FILE),
    cardFingerprint: cardFingerprints(config.FINGERPRINT_SECRET),
    reviewPolicy: reviewPolicyOf(config),
    gateway: createSandboxGateway({
      url: config.GATEWAY_URL,
      timeoutMs: config.GATEWAY_TIMEOUT_SECONDS * 1000,
      keyLifetimeMs: config.GATEWAY_KEY_LIFETIME_HOURS * HOUR_MS,
    }),
    channel,
  }),
  // Shorter than what container platforms allow a process to end in, longer than any one activity should need.
  shutdownGraceTime: '20s',
});
// The parent has gone without a word (killed): nobody would ever stop this process.
process.on('disconnect', () => worker.shutdown());

await ensureSchedules(connectTemporal(), config.TASK_QUEUE);
const running = worker.run();
log.info({ taskQueue: config.TASK_QUEUE, namespace }, 'worker is running');
reportReady();
try {
  await running;
} finally {
  channel.close();
  await connection.close();
  await pool.end();
}
if (process.connected) process.disconnect();

function pinoLevel(level: LogEntry['level']): 'trace' | 'debug' | 'info' | 'warn' | 'error' {
  switch (level) {
    case 'TRACE':
      return 'trace';
    case 'DEBUG':
      return 'debug';
    case 'INFO':
      return 'info';
    case 'WARN':
      return 'warn';
    case 'ERROR':
      return 'error';
  }
}

/** .ts where this runs from source, .js where it was compiled. */
function extension(): string {
  return import.meta.url.slice(import.meta.url.lastIndexOf('.'));
}
