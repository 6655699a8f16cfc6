import { createHmac } from 'node:crypto';
import { type CardFingerprint, FINGERPRINT_PREFIX } from '../../rules/list-value.ts';

/**
 * Fingerprints under one secret: without it a fingerprint cannot be traced to its token, not even by trying all
 * of them. Another secret makes other fingerprints: entries made under the old one no longer match anything.
 */
export function cardFingerprints(secret: string): CardFingerprint {
  return (token) => FINGERPRINT_PREFIX + createHmac('sha256', secret).update(token).digest('hex');
}
