import type { Money } from '../domain/money.ts';
import type { RefundLookup, RefundOutcome } from '../domain/refund.ts';

/** A refund as a gateway is asked to pay it. */
export interface RefundRequest {
  /** Our reference for the refund; the gateway keeps it, so that the refund can be looked up by it. */
  readonly refundReference: string;
  /** Belongs to the refund, not to the call: the same on every retry. */
  readonly idempotencyKey: string;
  /** The stored payment option that the money goes back to. */
  readonly paymentOptionToken: string;
  readonly amount: Money;
}

/**
 * A party that pays refunds out.
 *
 * `submit` and `lookup` resolve with what is known; a lost or unreadable answer is `unknown`, never an exception.
 * They reject with {@link GatewayUnavailable} only where the refund surely was not taken in.
 */
export interface RefundGateway {
  readonly name: string;
  /** How long it answers a repeated idempotency key with the first outcome instead of paying again. */
  readonly keyLifetimeMs: number;
  submit(request: RefundRequest): Promise<RefundOutcome>;
  lookup(refundReference: string): Promise<RefundLookup>;
}

/** The gateway did not take the call (unreachable, or "too many requests"): nothing was paid, and it may be repeated. */
export class GatewayUnavailable extends Error {
  override readonly name = 'GatewayUnavailable';
  /** How long the gateway asks us to wait, where it says so. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}
