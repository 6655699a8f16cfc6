import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Keeps secrets so that a reader of the database does not read them. */
export interface Sealer {
  /** @param owner what the secret belongs to: it can be opened as that one's only */
  seal(secret: string, owner: string): string;
  /** @throws Error if it was sealed under another key, for another owner, or was changed */
  open(sealed: string, owner: string): string;
}

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals with AES-256-GCM under a key that is derived from `SECRETS_KEY`. */
export function createSealer(secretsKey: string): Sealer {
  const key = Buffer.from(hkdfSync('sha256', secretsKey, '', 'payment-block webhook secrets', 32));
  return {
    seal(secret, owner) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(owner));
      const sealed = Buffer.concat([iv, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${VERSION}.${sealed.toString('base64')}`;
    },
    open(sealed, owner) {
      const bytes = Buffer.from(sealed.slice(VERSION.length + 1), 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(owner))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        return (
          decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
        );
      } catch (cause) {
        throw new Error(
          `the secret of ${owner} cannot be opened: it was sealed under another SECRETS_KEY. Set that one again, or ` +
            'give the endpoint a new secret with "webhooks rotate --overlap-hours 0".',
          { cause },
        );
      }
    },
  };
}
