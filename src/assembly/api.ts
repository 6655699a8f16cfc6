import type { Client } from '@temporalio/client';
import type { FastifyBaseLogger } from 'fastify';
import type { ApiDeps } from '../api/deps/deps.ts';
import { IdentityProvider } from '../api/deps/identity-provider.ts';
import type { ApiConfig } from '../config.ts';
import { configuredWebhooks, readGatewaysFile } from '../gateways/configured-gateways.ts';
import type { GatewayWebhook } from '../gateways/port/gateway-webhook.ts';
import { createSandboxWebhook } from '../gateways/sandbox/sandbox-webhook.ts';
import { type Opened, sharedParts } from './shared.ts';

/**
 * Builds what the API works with, from its configuration. The server, rigs, bench and fuzzing build it here alone.
 * @throws Error where the file of rules or gateways is wrong
 */
export async function apiParts(
  config: ApiConfig,
  { temporal, log, pool }: Opened & { readonly temporal: Client; readonly log: FastifyBaseLogger },
): Promise<ApiDeps> {
  return {
    ...(await sharedParts(config, { log, pool })),
    temporal,
    taskQueue: config.TASK_QUEUE,
    runs: { temporalUiUrl: config.TEMPORAL_UI_URL, namespace: temporal.options.namespace },
    webhooks: await webhooksOf(config),
    ...(config.OIDC_ISSUER === undefined
      ? {}
      : {
          identityProvider: new IdentityProvider({
            issuer: config.OIDC_ISSUER,
            clientId: config.OIDC_CLIENT_ID,
            clientSecret: config.OIDC_CLIENT_SECRET,
            publicUrl: config.PUBLIC_URL,
            stepUpAcr: config.OIDC_STEP_UP_ACR,
          }),
        }),
    logger: log,
    settings: {
      tokenSecret: config.TOKEN_SECRET,
      tokenLifetimeSeconds: config.TOKEN_LIFETIME_SECONDS,
      unblockWaitSeconds: config.UNBLOCK_WAIT_SECONDS,
      fourEyes: config.RULES_FOUR_EYES,
      maxLifecycleCalls: config.MAX_LIFECYCLE_CALLS,
      trustedProxies: config.TRUSTED_PROXIES.split(/[\s,]+/).filter((proxy) => proxy !== ''),
    },
  };
}

/** Which gateways may send hints: as the worker's gateways are configured, but with their webhooks' secrets only. */
async function webhooksOf(config: ApiConfig): Promise<ReadonlyMap<string, GatewayWebhook>> {
  if (config.GATEWAYS_FILE !== undefined) {
    return configuredWebhooks(await readGatewaysFile(config.GATEWAYS_FILE), process.env);
  }
  const secret = config.GATEWAY_WEBHOOK_SECRET;
  return new Map(secret === undefined ? [] : [['sandbox', createSandboxWebhook(secret)]]);
}
