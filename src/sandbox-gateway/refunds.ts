import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { minorUnitDigits } from '../domain/currencies.ts';
import type { BookedRefund, Books } from './books.ts';
import { find, type Switch } from './switches.ts';

/** The body of `POST /refunds`. */
export const refundOrder = z.strictObject({
  reference: z.string().min(1).max(255),
  paymentOptionToken: z.string().min(1),
  amountMinor: z.int().positive(),
  currency: z.string().refine((code) => minorUnitDigits(code) !== undefined, 'is not a currency'),
});

export type RefundOrder = Readonly<z.infer<typeof refundOrder>>;

/** How this gateway works where no switch says otherwise. */
export interface Terms {
  /** From accepting to captured or declined. */
  readonly settleMs: number;
  /** How long a repeated idempotency key gets the first answer again. */
  readonly keyLifetimeMs: number;
}

/** A refund as this gateway shows it. */
export interface RefundView {
  readonly id: string;
  readonly reference: string;
  readonly status: 'pending' | 'captured' | 'declined';
  readonly paymentOptionToken: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly processedAmountMinor: number | null;
  readonly processedCurrency: string | null;
  readonly declineReason: string | null;
  readonly acceptedAt: string;
  /** Declined since then, although it had been captured. */
  readonly reversedAt: string | null;
}

/**
 * Accepts a refund, or answers what was accepted under the same key before. A second key for the same reference is a
 * second refund: a gateway does not know that its client meant only one.
 * @param now epoch milliseconds
 * @returns the refund as the first caller saw it, or that the key belongs to another order
 */
export function accept(
  books: Books,
  terms: Terms,
  idempotencyKey: string,
  order: RefundOrder,
  switches: readonly Switch[],
  now: number,
): RefundView | 'keyOfAnotherOrder' {
  const earlier = find(switches, 'forgetKeys') ? undefined : books.withKey(idempotencyKey);
  if (earlier && now - Date.parse(earlier.acceptedAt) < terms.keyLifetimeMs) {
    return isSameOrder(earlier, order)
      ? show(books, earlier, Date.parse(earlier.acceptedAt))
      : 'keyOfAnotherOrder';
  }
  const decline = find(switches, 'decline');
  const otherAmount = find(switches, 'processAs');
  const booked: BookedRefund = {
    ...order,
    id: `rf_${randomUUID()}`,
    idempotencyKey,
    acceptedAt: new Date(now).toISOString(),
    settlesAt: new Date(now + (find(switches, 'captureLater')?.ms ?? terms.settleMs)).toISOString(),
    settlesAs: decline ? 'declined' : 'captured',
    ...(decline ? { declineReason: decline.reason } : {}),
    processedAmountMinor: otherAmount?.amountMinor ?? order.amountMinor,
    processedCurrency: otherAmount?.currency ?? order.currency,
  };
  books.add(booked);
  return show(books, booked, now);
}

/**
 * Takes a captured refund back.
 * @param now epoch milliseconds
 * @returns undefined where it is not captured: then there is nothing to take back
 */
export function reverse(
  books: Books,
  refund: BookedRefund,
  reason: string,
  now: number,
): RefundView | undefined {
  if (show(books, refund, now).status !== 'captured') return undefined;
  books.add({ reversedRefund: refund.id, reason, at: new Date(now).toISOString() });
  return show(books, refund, now);
}

/** A booked refund as it stands at a time (epoch milliseconds). */
export function show(books: Books, refund: BookedRefund, now: number): RefundView {
  const booked = books.reversalOf(refund);
  const reversal = booked && now >= Date.parse(booked.at) ? booked : undefined;
  const settled = reversal ? 'declined' : refund.settlesAs;
  const status = now < Date.parse(refund.settlesAt) ? 'pending' : settled;
  const captured = status === 'captured';
  return {
    id: refund.id,
    reference: refund.reference,
    status,
    paymentOptionToken: refund.paymentOptionToken,
    amountMinor: refund.amountMinor,
    currency: refund.currency,
    processedAmountMinor: captured ? refund.processedAmountMinor : null,
    processedCurrency: captured ? refund.processedCurrency : null,
    declineReason: status === 'declined' ? (reversal?.reason ?? refund.declineReason ?? null) : null,
    acceptedAt: refund.acceptedAt,
    reversedAt: reversal?.at ?? null,
  };
}

/** Money per currency: what left, what is about to, what did not; minor units. */
export type Totals = Record<string, Record<RefundView['status'], { count: number; minor: number }>>;

/** What the refunds come to; a captured one counts as it was processed. */
export function totalsOf(refunds: readonly RefundView[]): Totals {
  const totals: Totals = {};
  for (const refund of refunds) {
    const currency = refund.processedCurrency ?? refund.currency;
    const total = (totals[currency] ??= {
      pending: { count: 0, minor: 0 },
      captured: { count: 0, minor: 0 },
      declined: { count: 0, minor: 0 },
    })[refund.status];
    total.count += 1;
    total.minor += refund.processedAmountMinor ?? refund.amountMinor;
  }
  return totals;
}

function isSameOrder(booked: BookedRefund, order: RefundOrder): boolean {
  return (
    booked.reference === order.reference &&
    booked.paymentOptionToken === order.paymentOptionToken &&
    booked.amountMinor === order.amountMinor &&
    booked.currency === order.currency
  );
}
