import { createWebhookChannel } from '../../src/notifications/webhook.ts';
import { createSealer } from '../../src/store/db/sealing.ts';

export const SECRETS_KEY = 'a third secret of at least thirty-two characters';

/** What activities tell webhooks with: also those on this machine. */
export const webhookDeps = {
  webhooks: createWebhookChannel({ allowLoopback: true, timeoutMs: 4_000 }),
  sealer: createSealer(SECRETS_KEY),
};
