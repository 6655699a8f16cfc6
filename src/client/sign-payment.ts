import { createPrivateKey, sign } from 'node:crypto';
import type { BlockedPayment } from '../domain/payment.ts';
import { signedText } from '../domain/voucher.ts';

/** A key that vouches for the payments of its subscriber: its public half is registered with `payment-block keys add`. */
export interface SigningKey {
  /** The name that it is registered under. */
  readonly name: string;
  /** Ed25519, as PEM (PKCS #8). */
  readonly privateKey: string;
}

/** The payment with a voucher for it. @throws Error where the key is no private key in PEM */
export function signPayment(payment: BlockedPayment, { name, privateKey }: SigningKey): BlockedPayment {
  const signature = sign(null, Buffer.from(signedText(payment)), createPrivateKey(privateKey));
  return { ...payment, voucher: { keyName: name, signature: signature.toString('base64') } };
}
