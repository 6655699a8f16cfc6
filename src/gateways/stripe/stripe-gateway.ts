import type { Stripe } from 'stripe';
import { z } from 'zod';
import { formatMoney } from '../../domain/money.ts';
import { asStatusReason, type RefundLookup, type RefundOutcome } from '../../domain/refund.ts';
import { unknown } from '../port/answers.ts';
import { GatewayUnavailable, type RefundGateway, type RefundRequest } from '../port/refund-gateway.ts';
import { toStripeAmount } from './amounts.ts';
import { type Answer, ask, createClient, type StripeSettings } from './calls.ts';
import {
  foreignCharge,
  objectionTo,
  type PaymentId,
  paymentIdOf,
  type Refusal,
  type StripeCharge,
  stripeCharge,
  stripeDispute,
} from './payment.ts';
import { mostTelling, outcomeOf, referenceOf, reported, stripeRefund } from './refunds.ts';

/** For a whole submit or lookup, which is several calls: the worker gives its activity 30 seconds. */
const DEFAULT_TIMEOUT_MS = 20_000;
/** As many as Stripe gives at once. */
const PAGE = 100;

// The token itself is not for mails and screens.
const NOT_OF_STRIPE: Refusal = {
  kind: 'declined',
  reason: "the payment option's token is no PaymentIntent (pi_…) or Charge (ch_…) of Stripe's",
};

/** Refusals of a refund whose money has gone back another way: https://docs.stripe.com/error-codes */
const GONE_BACK = new Set(['charge_already_refunded', 'charge_disputed']);

/**
 * Refunds through Stripe. A payment option's token is the id of the PaymentIntent (pi_…) or Charge (ch_…) that was
 * paid: Stripe sends money back on a payment and not to a card.
 */
export function createStripeGateway(settings: StripeSettings): RefundGateway {
  const { name, timeoutMs = DEFAULT_TIMEOUT_MS, isShared = false } = settings;
  const stripe = createClient(settings);

  async function lookUp(request: RefundRequest, deadline: number): Promise<RefundLookup> {
    const payment = paymentIdOf(request.paymentOptionToken);
    // It may have been sent elsewhere, when this name was another gateway's.
    if (payment === undefined) return unknown(NOT_OF_STRIPE.reason);
    const answer = await ask(name, () =>
      readAll(stripeRefund, stripe.refunds.list({ ...payment, limit: PAGE }, until(deadline))),
    );
    // Not "not found": with another account's key, Stripe knows nothing of a payment that it has refunded.
    if (answer.kind === 'refused') return unknown(`Stripe does not return its refunds: ${answer.reason}`);
    if (answer.kind === 'unknown') return answer;
    const ours = answer.body.filter((refund) => referenceOf(refund) === request.refundReference);
    const telling = mostTelling(ours);
    return telling === undefined ? { kind: 'notFound' } : outcomeOf(telling, request.refundReference);
  }

  /** A refusal ends the refund only where Stripe has none of ours: an earlier call may have paid, its answer lost. */
  async function unlessKnown(
    { kind, reason }: Refusal,
    request: RefundRequest,
    deadline: number,
  ): Promise<RefundOutcome> {
    const known = await lookUp(request, deadline);
    return known.kind === 'notFound' ? { kind, reason: asStatusReason(reason) } : known;
  }

  function chargeOf(payment: PaymentId, deadline: number): Promise<Answer<StripeCharge | null>> {
    return ask(name, async () => {
      if ('charge' in payment) {
        return stripeCharge.parse(await stripe.charges.retrieve(payment.charge, {}, until(deadline)));
      }
      const intent = await stripe.paymentIntents.retrieve(
        payment.payment_intent,
        { expand: ['latest_charge'] },
        until(deadline),
      );
      return z.object({ latest_charge: stripeCharge.nullable() }).parse(intent).latest_charge;
    });
  }

  return {
    name,
    // Keys may be forgotten once they are 24 hours old: https://docs.stripe.com/api/idempotent_requests
    abilities: {
      keyLifetimeMs: 24 * 3600 * 1000,
      looksUpByReference: true,
      settlesLater: true,
      convertsCurrency: false,
      currencies: 'all',
    },

    async submit(request) {
      const { subscriberId, refundReference, idempotencyKey, paymentOptionToken, amount } = request;
      const payment = paymentIdOf(paymentOptionToken);
      if (payment === undefined) return NOT_OF_STRIPE;
      const stripeAmount = toStripeAmount(amount);
      if (stripeAmount === undefined) {
        return { kind: 'declined', reason: `Stripe has no way to refund ${formatMoney(amount)}` };
      }

      const deadline = Date.now() + timeoutMs;
      const [charge, disputes] = await Promise.all([
        chargeOf(payment, deadline),
        ask(name, () =>
          readAll(stripeDispute, stripe.disputes.list({ ...payment, limit: PAGE }, until(deadline))),
        ),
      ]);
      // So it was never sent: before a refund is sent again a lookup was answered.
      if (charge.kind === 'refused' && charge.code === 'resource_missing') {
        return {
          kind: 'declined',
          reason: asStatusReason(`Stripe does not know the payment: ${charge.reason}`),
        };
      }
      if (charge.kind !== 'answer') return unknown(`Stripe does not return the payment: ${charge.reason}`);
      if (disputes.kind !== 'answer')
        return unknown(`Stripe does not return its disputes: ${disputes.reason}`);
      const objection =
        (isShared && charge.body ? foreignCharge(charge.body, subscriberId) : undefined) ??
        objectionTo(charge.body, disputes.body, amount, stripeAmount);
      if (objection !== undefined) return unlessKnown(objection, request, deadline);

      const answer = await ask(name, async () =>
        stripeRefund.parse(
          await stripe.refunds.create(
            { ...payment, amount: stripeAmount, metadata: { refundReference } },
            { idempotencyKey, ...until(deadline) },
          ),
        ),
      );
      if (answer.kind === 'unknown') return answer;
      if (answer.kind === 'answer') return outcomeOf(answer.body, refundReference);
      const kind = GONE_BACK.has(answer.code) ? 'contested' : 'declined';
      return unlessKnown({ kind, reason: `Stripe refused: ${answer.reason}` }, request, deadline);
    },

    async lookup(request) {
      return lookUp(request, Date.now() + timeoutMs);
    },

    async *report(from, to) {
      const created = { gte: Math.ceil(from.getTime() / 1000), lt: Math.ceil(to.getTime() / 1000) };
      const answer = await ask(name, () =>
        readAll(stripeRefund, stripe.refunds.list({ created, limit: PAGE }, { timeout: timeoutMs })),
      );
      if (answer.kind !== 'answer') {
        throw new GatewayUnavailable(`Stripe's report (gateway ${name}) cannot be used: ${answer.reason}`);
      }
      for (const refund of answer.body) yield reported(refund);
    },
  };
}

/** Reads a list of Stripe's to its end, page by page. */
async function readAll<T>(schema: z.ZodType<T>, list: AsyncIterable<unknown>): Promise<T[]> {
  const read: T[] = [];
  for await (const one of list) read.push(schema.parse(one));
  return read;
}

/** The time left for a call; never 0, which Stripe's client takes for its own 80 seconds. */
function until(deadline: number): Stripe.RequestOptions {
  return { timeout: Math.max(deadline - Date.now(), 1) };
}
