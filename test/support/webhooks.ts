import { createWebhookChannel } from '../../src/notifications/webhook.ts';
import { createSealer } from '../../src/store/db/sealing.ts';
import { SECRETS } from './secrets.ts';

/** What activities tell webhooks with: also those on this machine. */
export const webhookDeps = {
  webhooks: createWebhookChannel({ allowLoopback: true, timeoutMs: 4_000 }),
  sealer: createSealer(SECRETS.SECRETS_KEY),
};
