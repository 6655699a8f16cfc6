import { Stripe } from 'stripe';
import { z } from 'zod';
import { type GatewayNews, type GatewayWebhook, WebhookRejected } from '../gateway-webhook.ts';

/** Older deliveries are refused, so that one overheard cannot be played again. */
const TOLERANCE_SECONDS = 5 * 60;

const refundNews = z
  .object({
    id: z.string().min(1),
    metadata: z.object({ refundReference: z.string().optional() }).nullish(),
  })
  .transform(
    ({ id, metadata }): GatewayNews => ({
      gatewayReference: id,
      ...(metadata?.refundReference === undefined ? {} : { refundReference: metadata.refundReference }),
    }),
  );

/** A charge or dispute names no refund, but the payment, as a payment option's token does. */
const chargeNews = z
  .object({ id: z.string().min(1), payment_intent: z.string().nullish() })
  .transform(({ id, payment_intent }): GatewayNews => ({ gatewayReference: payment_intent ?? id }));
const disputeNews = z
  .object({ charge: z.string().min(1), payment_intent: z.string().nullish() })
  .transform(({ charge, payment_intent }): GatewayNews => ({ gatewayReference: payment_intent ?? charge }));

/**
 * Reads Stripe's events about refunds, refunded charges and disputes; any other is ignored.
 * @param secret of the webhook endpoint: whsec_…
 */
export function createStripeWebhook(secret: string): GatewayWebhook {
  return {
    verify(rawBody, headers) {
      const { type, data } = read(eventSchema, signedEvent(rawBody, headers['stripe-signature'], secret));
      const schema = newsIn(type);
      return schema === undefined ? 'ignored' : read(schema, data.object);
    },
  };
}

const eventSchema = z.object({ type: z.string(), data: z.object({ object: z.unknown() }) });

function newsIn(eventType: string): z.ZodType<GatewayNews> | undefined {
  if (/^refund\.(created|updated|failed)$/.test(eventType)) return refundNews;
  if (eventType === 'charge.refunded') return chargeNews;
  return eventType.startsWith('charge.dispute.') ? disputeNews : undefined;
}

function signedEvent(rawBody: Buffer, signature: string | string[] | undefined, secret: string): unknown {
  if (typeof signature !== 'string') throw new WebhookRejected('The header Stripe-Signature is missing.');
  try {
    return Stripe.webhooks.constructEvent(rawBody, signature, secret, TOLERANCE_SECONDS);
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '').trim() : String(error);
    throw new WebhookRejected(`Not shown to be from Stripe: ${why}`, { cause: error });
  }
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join('.') ?? '';
  throw new WebhookRejected(`Stripe's event cannot be read${where === '' ? '' : ` (${where})`}.`);
}
