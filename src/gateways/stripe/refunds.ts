import { z } from 'zod';
import type { ReportedRefund } from '../../domain/reconciliation.ts';
import { asStatusReason, type RefundOutcome } from '../../domain/refund.ts';
import { unknown } from '../port/answers.ts';
import { fromStripeAmount } from './amounts.ts';

/** A refund as Stripe returns it: https://docs.stripe.com/api/refunds/object */
export const stripeRefund = z.object({
  id: z.string().min(1),
  amount: z.int().min(0),
  currency: z.string(),
  status: z.enum(['pending', 'requires_action', 'succeeded', 'failed', 'canceled']),
  created: z.int().positive(),
  metadata: z.record(z.string(), z.string()).nullish(),
  failure_reason: z.string().nullish(),
});
export type StripeRefund = z.infer<typeof stripeRefund>;

/** Our reference, which the refund carries in its metadata; null for a refund that was not made by us. */
export function referenceOf({ metadata }: StripeRefund): string | null {
  return metadata?.['refundReference'] ?? null;
}

export function outcomeOf(refund: StripeRefund, refundReference: string): RefundOutcome {
  const reference = referenceOf(refund);
  if (reference !== refundReference) {
    return unknown(
      `Stripe answered for another refund, ${refund.id} (${reference ?? 'without a reference'})`,
    );
  }
  switch (refund.status) {
    case 'pending':
    case 'requires_action':
      return { kind: 'pending', gatewayReference: refund.id };
    case 'succeeded': {
      const processed = fromStripeAmount(refund.amount, refund.currency);
      return processed === undefined
        ? unknown(`Stripe paid ${refund.id}, but ${refund.amount} ${refund.currency} is no amount of ours`)
        : { kind: 'paid', gatewayReference: refund.id, processed };
    }
    case 'canceled':
      return { kind: 'declined', reason: `refund ${refund.id} was cancelled before it was paid` };
    case 'failed':
      return failureOf(refund);
  }
}

/** Of several refunds under one reference, the one that matters most for the money: paid, else perhaps about to be. */
export function mostTelling(refunds: readonly StripeRefund[]): StripeRefund | undefined {
  return (
    refunds.find(({ status }) => status === 'succeeded') ??
    refunds.find(({ status }) => status === 'pending' || status === 'requires_action') ??
    refunds[0]
  );
}

const FAILURES: Readonly<Record<string, string>> = {
  lost_or_stolen_card: 'the card was reported lost or stolen',
  expired_or_canceled_card: 'the card has expired or was cancelled',
  insufficient_funds: 'the Stripe balance did not cover it',
  declined: 'the bank or card network declined it',
  merchant_request: 'it was stopped at the wish of the merchant',
};

function failureOf({ id, failure_reason: code }: StripeRefund): RefundOutcome {
  if (code === 'charge_for_pending_refund_disputed') {
    return { kind: 'contested', reason: `refund ${id} failed: the charge was disputed while it was pending` };
  }
  const why = FAILURES[code ?? ''] ?? `Stripe gives no plain reason (${code ?? 'none'})`;
  return { kind: 'declined', reason: asStatusReason(`refund ${id} failed: ${why}`) };
}

const REPORTED = {
  pending: 'pending',
  requires_action: 'pending',
  succeeded: 'paid',
  failed: 'declined',
  canceled: 'declined',
} as const;

/** A refund for the gateway's report. One in a currency that is none of ours is a difference, as Stripe counts it. */
export function reported(refund: StripeRefund): ReportedRefund {
  const amount = fromStripeAmount(refund.amount, refund.currency) ?? {
    minor: refund.amount,
    currency: refund.currency.toUpperCase(),
  };
  return {
    gatewayReference: refund.id,
    refundReference: referenceOf(refund),
    status: REPORTED[refund.status],
    amount,
    at: new Date(refund.created * 1000),
  };
}
