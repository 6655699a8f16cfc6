import { z } from 'zod';
import type { GatewayWebhook } from '../port/gateway-webhook.ts';
import { verifyMessage } from './sandbox-signature.ts';

const message = z.object({ refund: z.object({ id: z.string(), reference: z.string() }) });

/**
 * What the sandbox gateway posts when a refund has settled or was reversed (gateways/sandbox/webhook.ts).
 * @param secret what it signs with: its GATEWAY_WEBHOOK_SECRET
 */
export function createSandboxWebhook(secret: string): GatewayWebhook {
  return {
    verify(rawBody, headers) {
      verifyMessage(secret, rawBody, headers, Date.now());
      const { refund } = message.parse(JSON.parse(rawBody.toString()));
      return { refundReference: refund.reference, gatewayReference: refund.id };
    },
  };
}
