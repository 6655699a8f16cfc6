import { Stripe } from 'stripe';
import { z } from 'zod';
import { networkFault, retryAfterMs, type Unknown, unknown } from '../port/answers.ts';
import { GatewayUnavailable } from '../port/refund-gateway.ts';

export interface StripeSettings {
  /** As the configuration calls the gateway. */
  readonly name: string;
  /** A secret or restricted key: sk_… or rk_… */
  readonly apiKey: string;
  /** Whether payments of several subscribers are taken on this account: each then says whose it is. */
  readonly isShared?: boolean;
  /** Where Stripe's API is, where not at api.stripe.com. */
  readonly baseUrl?: string;
  /** After so long without a whole answer, the outcome of a submit or lookup is unknown. */
  readonly timeoutMs?: number;
}

/** Stripe understood the call and did not do what it asks; `code` as in https://docs.stripe.com/error-codes. */
export interface Refused {
  readonly kind: 'refused';
  readonly code: string;
  readonly reason: string;
}

export type Answer<T> = { readonly kind: 'answer'; readonly body: T } | Refused | Unknown;

const { errors } = Stripe;

/** Stripe's own client, held to one try for each call: before a refund is sent again it is looked up. */
export function createClient({ apiKey, baseUrl = 'https://api.stripe.com' }: StripeSettings): Stripe {
  const { protocol, hostname, port } = new URL(baseUrl);
  return new Stripe(apiKey, {
    protocol: protocol === 'http:' ? 'http' : 'https',
    host: hostname,
    port: port === '' ? (protocol === 'http:' ? 80 : 443) : port,
    maxNetworkRetries: 0,
    telemetry: false,
    // Its default client sends a call again when the connection breaks, whatever maxNetworkRetries says; were that
    // second try refused a connection, the first, which may have paid, would be forgotten. This one does not. And a
    // redirect would be followed with the money in hand.
    httpClient: Stripe.createFetchHttpClient((url, init) => fetch(url, { ...init, redirect: 'manual' })),
  });
}

/**
 * What came of a call to Stripe, whose answer is read within `call`.
 * It rejects with {@link GatewayUnavailable} where Stripe did not take the call.
 */
export async function ask<T>(name: string, call: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { kind: 'answer', body: await call() };
  } catch (error) {
    return meaningOf(error, name);
  }
}

function meaningOf(error: unknown, name: string): Refused | Unknown {
  if (error instanceof z.ZodError) {
    const where = error.issues[0]?.path.join('.') ?? '';
    return unknown(`Stripe's answer cannot be read${where === '' ? '' : ` (${where})`}`);
  }
  if (!(error instanceof errors.StripeError))
    return unknown(`Stripe's answer cannot be read: ${String(error)}`);

  if (error instanceof errors.StripeConnectionError) {
    const fault = networkFault(error.detail);
    if (fault.connected) return unknown(`no answer from Stripe: ${error.message} ${fault.code}`.trim());
    throw new GatewayUnavailable(`Stripe (gateway ${name}) cannot be reached (${fault.code}).`);
  }
  const told = `${error.message}${error.requestId ? ` (${error.requestId})` : ''}`;
  if (error instanceof errors.StripeRateLimitError) {
    const retryAfter = error.headers?.['retry-after'] ?? null;
    throw new GatewayUnavailable(
      `Stripe (gateway ${name}) took no more calls: ${told}`,
      retryAfterMs(retryAfter),
    );
  }
  if (error instanceof errors.StripeAuthenticationError || error instanceof errors.StripePermissionError) {
    throw new GatewayUnavailable(
      `Stripe refused the API key of gateway ${name} (${error.statusCode}): ${told}. Check that the key is in force and ` +
        'may write refunds and read charges, payment intents and disputes.',
    );
  }
  if (error instanceof errors.StripeIdempotencyError) {
    return unknown(
      `Stripe knows the idempotency key from a refund with other particulars; compare them: ${told}`,
    );
  }
  if (error instanceof errors.StripeInvalidRequestError || error instanceof errors.StripeCardError) {
    return { kind: 'refused', code: error.code ?? '', reason: told };
  }
  // Also 409, an earlier call under the same key that is still at work.
  return unknown(`Stripe answered ${error.statusCode ?? 'unreadably'}: ${told}`);
}
