import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { WebhookRejected } from '../port/gateway-webhook.ts';

/** How far the clocks may be apart, and how long a message can be replayed. */
const TOLERANCE_SECONDS = 5 * 60;

/**
 * The headers that sign a message by the Standard Webhooks specification.
 * @param secret "whsec_" and the key in base64
 * @param at epoch milliseconds
 */
export function signMessage(
  secret: string,
  id: string,
  at: number,
  body: string | Buffer,
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const timestamp = String(Math.floor(at / 1000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signatureOf(secret, id, timestamp, body).toString('base64')}`,
  };
}

/** @throws WebhookRejected where the message is not signed with the secret, or not signed now */
export function verifyMessage(
  secret: string,
  rawBody: Buffer,
  headers: IncomingHttpHeaders,
  now: number,
): void {
  const id = header(headers, 'webhook-id');
  const timestamp = header(headers, 'webhook-timestamp');
  const signatures = header(headers, 'webhook-signature');
  if (!(Math.abs(now / 1000 - Number(timestamp)) <= TOLERANCE_SECONDS)) {
    throw new WebhookRejected('The message was signed too long ago, or by another clock.');
  }
  const expected = signatureOf(secret, id, timestamp, rawBody);
  // More than one while a secret is being changed.
  const isSigned = signatures.split(' ').some((one) => {
    const [version, signature = ''] = one.split(',');
    const given = Buffer.from(signature, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!isSigned) throw new WebhookRejected('The signature is not the gateway’s.');
}

function signatureOf(secret: string, id: string, timestamp: string, body: string | Buffer): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
}

function header(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  if (typeof value !== 'string') throw new WebhookRejected(`The header ${name} is missing.`);
  return value;
}
