import { Stripe } from 'stripe';
import { z } from 'zod';
import type { ChargebackStatus } from '../../domain/chargeback.ts';
import { asStatusReason } from '../../domain/refund.ts';
import {
  type DisputeNews,
  type RefundHint,
  type GatewayWebhook,
  WebhookRejected,
} from '../port/gateway-webhook.ts';
import { fromStripeAmount } from './amounts.ts';

/** Older deliveries are refused, so that one overheard cannot be played again. */
const TOLERANCE_SECONDS = 5 * 60;

const refundNews = z
  .object({
    id: z.string().min(1),
    metadata: z.object({ refundReference: z.string().optional() }).nullish(),
  })
  .transform(
    ({ id, metadata }): RefundHint => ({
      gatewayReference: id,
      ...(metadata?.refundReference === undefined ? {} : { refundReference: metadata.refundReference }),
    }),
  );

/**
 * What a dispute's status means for the money (https://docs.stripe.com/api/disputes/object). An inquiry ("warning_…")
 * has taken none, and is no chargeback yet.
 */
const DISPUTED: Readonly<Record<string, ChargebackStatus>> = {
  needs_response: 'opened',
  under_review: 'opened',
  won: 'won',
  lost: 'lost',
  prevented: 'withdrawn',
};

const disputeNews = z
  .object({
    id: z.string().min(1).max(64),
    amount: z.int().positive(),
    currency: z.string(),
    status: z.string(),
    reason: z.string(),
    charge: z.string(),
    payment_intent: z.string().nullish(),
  })
  .transform((dispute): DisputeNews | 'ignored' | 'unreadable' => {
    const { id, charge, payment_intent: intent, reason } = dispute;
    const status = DISPUTED[dispute.status];
    if (status === undefined) return 'ignored';
    const amount = fromStripeAmount(dispute.amount, dispute.currency);
    if (amount === undefined) return 'unreadable';
    const paymentOptionTokens = [charge, ...(intent == null ? [] : [intent])];
    return {
      dispute: {
        reference: id,
        paymentOptionTokens,
        amount,
        reason: asStatusReason(`${reason}, says Stripe`),
        status,
      },
    };
  });

/**
 * Reads Stripe's events about refunds and disputes; any other is ignored: what a charge does to a refund of ours comes as an
 * event about that refund.
 * @param secret of the webhook endpoint: whsec_…
 */
export function createStripeWebhook(secret: string): GatewayWebhook {
  return {
    verify(rawBody, headers) {
      // What Stripe has signed and we cannot read is not worth a repetition: thin events, shapes of later versions.
      const event = eventSchema.safeParse(signedEvent(rawBody, headers['stripe-signature'], secret));
      if (!event.success) return 'unreadable';
      const { type, data } = event.data;
      if (DISPUTE_EVENT.test(type)) return disputeNews.safeParse(data.object).data ?? 'unreadable';
      if (!REFUND_EVENT.test(type)) return 'ignored';
      return refundNews.safeParse(data.object).data ?? 'unreadable';
    },
  };
}

const eventSchema = z.object({ type: z.string(), data: z.object({ object: z.unknown() }) });

/** The second one is that of API versions before 2024-10-28. */
const REFUND_EVENT = /^(refund\.(created|updated|failed)|charge\.refund\.updated)$/;

const DISPUTE_EVENT = /^charge\.dispute\.(created|updated|closed|funds_withdrawn|funds_reinstated)$/;

function signedEvent(rawBody: Buffer, signature: string | string[] | undefined, secret: string): unknown {
  if (typeof signature !== 'string') throw new WebhookRejected('The header Stripe-Signature is missing.');
  try {
    // Not constructEvent, which refuses a thin event as if it were unsigned.
    const { signature: signatures } = Stripe.webhooks;
    if (signatures === null) throw new Error('this build of the library checks no signatures');
    signatures.verifyHeader(rawBody, signature, secret, TOLERANCE_SECONDS);
    return JSON.parse(rawBody.toString());
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '').trim() : String(error);
    throw new WebhookRejected(`Not shown to be from Stripe: ${why}`, { cause: error });
  }
}
