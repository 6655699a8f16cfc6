import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

/** A new secret that an endpoint's messages are signed with: "whsec_" and 32 random bytes in base64. */
export function newWebhookSecret(): string {
  return PREFIX + randomBytes(32).toString('base64');
}

/**
 * The headers that a receiver knows a message by (standardwebhooks.com): the same id on every attempt, and a signature
 * by each secret that is good now.
 * @param attemptedAt the time of this attempt: receivers refuse an old one
 */
export function signatureHeaders(
  id: string,
  body: string,
  secrets: readonly string[],
  attemptedAt: Date,
): Record<string, string> {
  const timestamp = String(Math.floor(attemptedAt.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
