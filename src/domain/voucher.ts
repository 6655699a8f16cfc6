import type { BlockedPayment } from './payment.ts';

/** Who vouches for a payment that a client blocks without the API: a key of its subscriber, and what it has signed. */
export interface Voucher {
  /** The name that the key is registered under. */
  readonly keyName: string;
  /** Ed25519 over {@link signedText}, in base64. */
  readonly signature: string;
}

/** What a voucher's signature covers: every field of the payment, in the order of their names, but the voucher itself. */
export function signedText({ voucher: _voucher, ...payment }: BlockedPayment): string {
  return JSON.stringify(ordered(payment));
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return fields.map(([name, field]) => [name, ordered(field)]);
}
