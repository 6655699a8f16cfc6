import type { Money } from '../../domain/money.ts';
import type { ReportedRefund } from '../../domain/reconciliation.ts';
import type { RefundLookup, RefundOutcome } from '../../domain/refund.ts';

/** A refund as a gateway is asked to pay it. */
export interface RefundRequest {
  /** Whose payment it is: a gateway that several subscribers share pays none back for another. */
  readonly subscriberId: string;
  /** Our reference for the refund; the gateway keeps it, so that the refund can be looked up by it. */
  readonly refundReference: string;
  /** Belongs to the refund, not to the call: the same on every retry. */
  readonly idempotencyKey: string;
  /** The stored payment option that the money goes back to. */
  readonly paymentOptionToken: string;
  readonly amount: Money;
}

/** What a gateway is able to do: what its adapter declares, so that nothing is asked of it that it cannot answer. */
export interface GatewayAbilities {
  /** How long it answers a repeated idempotency key with the first outcome instead of paying again. */
  readonly keyLifetimeMs: number;
  /** Whether it finds a refund by our reference. Where not, a refund without an answer is sent once and never again. */
  readonly looksUpByReference: boolean;
  /** Whether a refund may be accepted now and paid or declined later. */
  readonly settlesLater: boolean;
  /** Whether it may pay in another currency than asked, at a rate of its own. */
  readonly convertsCurrency: boolean;
  /** The currencies it refunds in (ISO 4217). */
  readonly currencies: 'all' | readonly string[];
}

/**
 * A party that pays refunds out.
 *
 * `submit` and `lookup` resolve with what is known; a lost or unreadable answer is `unknown`, never an exception.
 * They reject with {@link GatewayUnavailable} only where the refund surely was not taken in.
 */
export interface RefundGateway {
  /** As the configuration calls it: a refund on record names it. */
  readonly name: string;
  readonly abilities: GatewayAbilities;
  /**
   * Has the refund paid. It looks first whether the money has gone back another way (paid elsewhere, charged back):
   * then it pays nothing and answers `contested`.
   */
  submit(request: RefundRequest): Promise<RefundOutcome>;
  lookup(request: RefundRequest): Promise<RefundLookup>;
  /** Every refund that the gateway took in from `from` (inclusive) to `to` (exclusive), in no particular order. */
  report(from: Date, to: Date): AsyncIterable<ReportedRefund>;
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
