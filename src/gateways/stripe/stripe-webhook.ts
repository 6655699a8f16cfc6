import { Stripe } from 'stripe';
import { z } from 'zod';
import { type RefundHint, type GatewayWebhook, WebhookRejected } from '../port/gateway-webhook.ts';

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
 * Reads Stripe's events about refunds; any other is ignored: what a charge or a dispute does to a refund of ours comes as
 * an event about that refund.
 * @param secret of the webhook endpoint: whsec_…
 */
export function createStripeWebhook(secret: string): GatewayWebhook {
  return {
    verify(rawBody, headers) {
      const { type, data } = read(eventSchema, signedEvent(rawBody, headers['stripe-signature'], secret));
      return REFUND_EVENT.test(type) ? read(refundNews, data.object) : 'ignored';
    },
  };
}

const eventSchema = z.object({ type: z.string(), data: z.object({ object: z.unknown() }) });

const REFUND_EVENT = /^refund\.(created|updated|failed)$/;

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
