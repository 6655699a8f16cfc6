import { canonicalText } from './canonical.ts';
import type { BlockedPayment } from './payment.ts';

/** What a voucher's signature covers: every field of the payment, in the order of their names, but the voucher itself. */
export function signedText({ voucher: _voucher, ...payment }: BlockedPayment): string {
  return canonicalText(payment);
}
