import type { BlockedPayment } from './payment.ts';

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
