import { z } from 'zod';
import { formatMoney, type Money } from '../../domain/money.ts';
import type { RefundOutcome } from '../../domain/refund.ts';
import { fromStripeAmount } from './amounts.ts';

/** The payment that a refund goes back on, as Stripe's calls name it. */
export type PaymentId = { readonly payment_intent: string } | { readonly charge: string };

/** Reads a payment option's token; undefined where it is no id of Stripe's. Charges of banks are called py_…. */
export function paymentIdOf(token: string): PaymentId | undefined {
  if (/^pi_\w+$/.test(token)) return { payment_intent: token };
  if (/^(ch|py)_\w+$/.test(token)) return { charge: token };
  return undefined;
}

/** https://docs.stripe.com/api/charges/object */
export const stripeCharge = z.object({
  id: z.string().min(1),
  currency: z.string(),
  captured: z.boolean(),
  amount_captured: z.int().min(0),
  amount_refunded: z.int().min(0),
  metadata: z.record(z.string(), z.string()).nullish(),
});
export type StripeCharge = z.infer<typeof stripeCharge>;

/** What a payment's metadata names its service subscriber by. */
const OWNER = 'serviceSubscriber';

/**
 * Why a charge of an account that several subscribers share is not the subscriber's to refund; undefined where it is.
 * Stripe copies the metadata of a PaymentIntent to its charge.
 */
export function foreignCharge({ id, metadata }: StripeCharge, subscriberId: string): Refusal | undefined {
  const owner = metadata?.[OWNER];
  if (owner === subscriberId) return undefined;
  const whose = owner === undefined ? 'names no subscriber' : 'is of another subscriber';
  return {
    kind: 'declined',
    reason: `Stripe's charge ${id} ${whose}: its metadata has to say ${OWNER}=${subscriberId}`,
  };
}

/** https://docs.stripe.com/api/disputes/object */
export const stripeDispute = z.object({ id: z.string().min(1), status: z.string() });
type StripeDispute = z.infer<typeof stripeDispute>;

/** What ends a refund without money moving. */
export type Refusal = Extract<RefundOutcome, { kind: 'declined' | 'contested' }>;

// The dispute is over, and the money stayed with us.
const HARMLESS = new Set(['won', 'warning_closed']);

/**
 * Why a refund must not be sent, as the payment stands; undefined where nothing speaks against it. Stripe itself would
 * let some of this pass.
 * @param stripeAmount the refund's amount as Stripe counts it
 */
export function objectionTo(
  charge: StripeCharge | null,
  disputes: readonly StripeDispute[],
  amount: Money,
  stripeAmount: number,
): Refusal | undefined {
  if (charge === null)
    return { kind: 'declined', reason: 'nothing was ever charged on this payment at Stripe' };
  // A refund names no currency: Stripe pays it in the charge's.
  const currency = charge.currency.toUpperCase();
  if (currency !== amount.currency) {
    return {
      kind: 'declined',
      reason: `Stripe's charge ${charge.id} is in ${currency}, not in ${amount.currency}`,
    };
  }
  if (!charge.captured) {
    const reason = `Stripe has authorised ${charge.id} and not captured it: cancel the payment at Stripe instead`;
    return { kind: 'declined', reason };
  }
  const dispute = disputes.find(({ status }) => !HARMLESS.has(status));
  if (dispute !== undefined) {
    return { kind: 'contested', reason: `charge ${charge.id} is disputed: ${dispute.id}, ${dispute.status}` };
  }
  const left = charge.amount_captured - charge.amount_refunded;
  if (left < stripeAmount) {
    const rest = fromStripeAmount(left, charge.currency);
    const told = rest === undefined ? left : formatMoney(rest);
    return {
      kind: 'contested',
      reason: `${told} is left of charge ${charge.id}: the rest has gone back already`,
    };
  }
  return undefined;
}
