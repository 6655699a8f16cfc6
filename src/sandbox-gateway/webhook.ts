import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { signMessage } from '../gateways/sandbox/sandbox-signature.ts';
import type { RefundView } from './refunds.ts';

/** The receiver of this gateway's webhooks, and their secret. */
export interface WebhookTarget {
  readonly url: string;
  /** "whsec_" and the key in base64. */
  readonly secret: string;
}

const PATIENCE_MS = 5_000;

/** Sends a refund's change, once: a receiver that misses it can look the refund up. */
export async function postWebhook(
  { url, secret }: WebhookTarget,
  refund: RefundView,
  logger: FastifyBaseLogger,
): Promise<void> {
  const body = JSON.stringify({ type: `refund.${refund.status}`, refund });
  const headers = signMessage(secret, `msg_${randomUUID()}`, Date.now(), body);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!response.ok) logger.warn({ url, status: response.status }, 'the webhook was not taken');
  } catch (error) {
    logger.warn({ url, err: error }, 'the webhook could not be delivered');
  }
}
