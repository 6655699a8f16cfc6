import type { ActivityDeps } from '../activities/deps.ts';
import { HOUR_MS, reviewPolicyOf, type WorkerConfig } from '../config.ts';
import { configuredGateways, readGatewaysFile } from '../gateways/configured-gateways.ts';
import { type Gateways, oneGateway } from '../gateways/port/gateways.ts';
import { createSandboxGateway } from '../gateways/sandbox/sandbox-gateway.ts';
import { createEmailChannel } from '../notifications/email.ts';
import { type Opened, sharedParts } from './shared.ts';

interface WorkerParts {
  readonly deps: ActivityDeps;
  /** Closes what was opened here; the pool is the caller's. */
  readonly close: () => Promise<void>;
}

/**
 * Builds what the activities work with, from a worker's configuration. A worker, rigs and tests build it here alone.
 * @param opened with Temporal's namespace, for the links of mails
 * @throws Error where the file of rules or gateways is wrong
 */
export async function activityParts(
  config: WorkerConfig,
  opened: Opened & { readonly namespace: string; readonly stopping?: AbortSignal },
): Promise<WorkerParts> {
  const { namespace, stopping } = opened;
  const gateways = await gatewaysOf(config);
  const { webhookChannel, ...shared } = await sharedParts(config, opened);
  const channel = createEmailChannel({
    smtpUrl: config.SMTP_URL,
    from: config.MAIL_FROM,
    to: config.MAIL_TO,
    temporalUiUrl: config.TEMPORAL_UI_URL,
    publicUrl: config.PUBLIC_URL,
    namespace,
  });
  return {
    deps: {
      ...shared,
      webhooks: webhookChannel,
      reviewPolicy: reviewPolicyOf(config),
      gateways,
      vouchedRuns: config.VOUCHED_RUNS,
      channel,
      ...(stopping && { stopping }),
    },
    async close() {
      channel.close();
      await webhookChannel.close();
    },
  };
}

/** Who pays refunds: what the file says, or without one the sandbox gateway for everybody. */
async function gatewaysOf(config: WorkerConfig): Promise<Gateways> {
  if (config.GATEWAYS_FILE !== undefined) {
    return await configuredGateways(await readGatewaysFile(config.GATEWAYS_FILE), process.env);
  }
  const { GATEWAY_URL: url, GATEWAY_TIMEOUT_SECONDS: seconds, GATEWAY_KEY_LIFETIME_HOURS: hours } = config;
  return oneGateway(createSandboxGateway({ url, timeoutMs: seconds * 1000, keyLifetimeMs: hours * HOUR_MS }));
}
